import os

MODEL = os.environ["LLM_MODEL"]
TIMEOUT = 5 * 60  # models can be slow
MAX_CHARACTERS = 4000
