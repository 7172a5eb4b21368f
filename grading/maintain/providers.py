"""Write notebooks/providers.md: what becomes of each provider's failures, with the LiteLLM that is installed here.

`python -m grading.maintain.providers` writes the page; with `--changes` it writes nothing, and prints the lines that
differ from the page, as a diff: so the radar shows what another LiteLLM changes.
"""

from __future__ import annotations

import sys
from importlib.metadata import version

from grading import KIT
from grading.provider.failures import providers

PAGE = KIT / "notebooks" / "providers.md"


def main(arguments: list[str]) -> int:
    """Write the page, or print what would change. Returns 1 if a `--changes` found something, else 0."""
    from grading.provider import litellm_environment

    litellm_environment.prepare_environment()  # before LiteLLM is imported
    litellm_environment.quiet_litellm()
    from grading.maintain.provider_page import changes, page
    from grading.maintain.provider_runs import play

    text = page(play(providers().values()))
    if "--changes" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        print(f"Wrote {PAGE.relative_to(KIT)}.")
        return 0
    changed = changes(PAGE.read_text(encoding="utf-8"), text)
    print("\n".join(changed) or f"LiteLLM {version('litellm')}: each provider's failures end as the page says.")
    return int(bool(changed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
