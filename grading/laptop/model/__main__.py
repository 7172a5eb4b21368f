"""`python -m grading.laptop.model`: serve the model in the foreground until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import sys

from grading.laptop.model import UnavailableError
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import DEFAULT_PORT, listen, run_server
from grading.laptop.model.weather import ABOUT, Forecast, Weather
from grading.laptop.model.weights import weights_path


def main(arguments: list[str] | None = None) -> int:
    """Run the server. Return 0 after Ctrl-C; 2, and a sentence on stderr, if it can't start."""
    parser = argparse.ArgumentParser(
        prog="python -m grading.laptop.model", description="An OpenAI-compatible model server."
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default: %(default)s")
    parser.add_argument("--weather", choices=ABOUT, default="sunny", help="how it begins; change it by PUT /weather")
    chosen = parser.parse_args(arguments)
    try:
        with listen(chosen.port) as listener, contextlib.closing(SmolLM2(weights_path())) as engine:
            port = listener.getsockname()[1]
            print(f"SmolLM2 on http://127.0.0.1:{port} (LLM_MODEL=llamafile/smollm2). Ctrl-C ends it.", flush=True)
            run_server(engine, listener, Weather(Forecast(weather=chosen.weather)))
    except UnavailableError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
