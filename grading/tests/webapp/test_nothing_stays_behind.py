"""Whatever a program does to the process that it runs in, the next program does not notice."""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import litellm
import pytest

from grading.tests.programs import ENVIRONMENT, HELLO, LIFESPAN, write
from grading.webapp.loading import AppDidNotStart, running_app

MESS = {
    "environment": "import os\nos.environ['LLM_MODEL'] = 'x/y'\nos.environ['MESS'] = '1'\nos.environ.pop('PATH')\n",
    "dotenv": "import os, dotenv\ndotenv.load_dotenv()\nassert os.environ['MESS'] == 'from .env'\n",
    "folder": "import os\nos.chdir('/')\n",
    "path": "import sys\nsys.path.insert(0, 'src')\nsys.path.append('/mess')\n",
    "path-replaced": "import sys\nsys.path = ['/mess', *sys.path]\n",
    "root-logger": "import logging\nlogging.basicConfig(level='DEBUG', force=True)\n",
    "dict-config": "import logging.config\nlogging.config.dictConfig({'version': 1, 'root': {'level': 'ERROR'}})\n",
    "logging-off": "import logging\nlogging.disable()\n",
    "one-logger": "import logging\nlogger = logging.getLogger('httpx')\nlogger.setLevel('CRITICAL')\n"
    "logger.propagate = False\nlogger.addHandler(logging.FileHandler('mess.log', delay=False))\n",
    "record-factory": "import logging\nlogging.setLogRecordFactory(lambda *a, **k: logging.LogRecord(*a, **k))\n",
    "warnings": "import warnings\nwarnings.simplefilter('error')\nwarnings.filterwarnings('ignore', 'mess')\n",
    "litellm": "import litellm\nlitellm.api_base = 'http://mess'\nlitellm.num_retries = 7\n"
    "litellm.drop_params = True\nlitellm.callbacks.append(print)\nlitellm.success_callback = [print]\n"
    "litellm.set_verbose = True\nlitellm.request_timeout = 1\nlitellm.cache = litellm.Cache()\n"
    "litellm._turn_on_debug()\n",
    "stdout": "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\nprint('é')\n",
}
ENDS = {
    "runs": HELLO,
    "fails-at-import": "raise RuntimeError\n",
    "exits": "import sys\nsys.exit(1)\n",
    "fails-at-start": LIFESPAN.format(before="raise RuntimeError", after="pass"),
}


def state() -> dict[str, Any]:
    """Return what a program shares with this process."""
    root, httpx_logger = logging.getLogger(), logging.getLogger("httpx")
    names = "api_base num_retries drop_params callbacks success_callback set_verbose request_timeout cache"
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "path": list(sys.path),
        "streams": (sys.stdout, sys.stderr),
        "warnings": list(warnings.filters),
        "factory": logging.getLogRecordFactory(),
        "loggers": set(logging.root.manager.loggerDict),
        "disabled": logging.root.manager.disable,
        "levels": {name: logging.getLogger(name).getEffectiveLevel() for name in ("", "httpx", "LiteLLM", "asyncio")},
        "root": (root.level, list(root.handlers), list(root.filters), root.disabled),
        "httpx": (httpx_logger.propagate, list(httpx_logger.handlers), httpx_logger.disabled),
        "litellm": {name: (value := getattr(litellm, name)) and str(value) for name in names.split()},
    }


@pytest.fixture(scope="module", autouse=True)
def _nothing_of_earlier_tests() -> None:
    """What earlier tests left for the garbage collector is not this test's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("mess", MESS.values(), ids=MESS)
def test_whatever_a_program_changes_is_restored(tmp_path: Path, mess: str, end: str) -> None:
    folder = write(tmp_path, {"main.py": f"{mess}\n{end}", ".env": "MESS='from .env'\n"})
    path = sys.path
    before = state()
    try:
        with running_app(folder, ENVIRONMENT) as client:
            assert client.get("/").json() == "hello"
    except AppDidNotStart:
        assert end != HELLO
    assert state() == before
    assert sys.path is path
    gc.collect()
    print("the stream still works")
