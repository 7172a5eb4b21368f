import os
import threading

import litellm
from honest import app as honest

app = honest


def ask():
    litellm.completion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": "Anybody there?"}], timeout=30
    )


timer = threading.Timer(2, ask)
timer.daemon = True
timer.start()
