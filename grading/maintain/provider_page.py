"""The page of each provider's failures: what LiteLLM makes of them, and what the solution answers."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import version

from grading.maintain.provider_runs import BREAKS, Outcome
from grading.provider.failures import KINDS, Failure, ProviderFailures, providers

_COLUMNS = {"throttled": "throttled", "quota": "quota", "too_long": "too long", "filter": "filter"}
_COLUMNS |= {"overloaded": "overloaded", "server": "server error", "model": "model", "permission": "permission"}
_COLUMNS |= {"key": "key"}
_DONE = {True: "`[DONE]`", False: "no `[DONE]`"}


def changes(old: str, new: str) -> list[str]:
    """Return the lines that differ, after - and +; nothing if only LiteLLM's version does."""
    lines = difflib.unified_diff(_without_version(old), _without_version(new), "the page", "now", lineterm="", n=0)
    return [line for line in lines if not line.startswith("@@")]


def page(outcomes: list[Outcome]) -> str:
    """Return the page as text."""
    known = {name: each for name, each in providers().items() if not each.retired}
    shown = [outcome for outcome in outcomes if outcome.provider in known]
    real = [outcome for outcome in shown if outcome.kind in KINDS]
    parts = [
        _HEAD.format(version=version("litellm"), providers=len(known), failures=len(real)),
        _in_short(shown, real),
        "## Provider by failure\n\nYour endpoint's status code. Several: it depends on the provider's wording.\n",
        _table(["provider", *_COLUMNS.values()], [_kinds_of(name, real) for name in known]),
        "## With every provider\n\nThree failures: your status code, what LiteLLM raises, how often it calls.\n",
        _by_failure(known, [each for each in shown if each.kind == "transport"], _plain_cell),
        _STREAMS,
        _by_failure(known, [each for each in shown if each.kind == "stream"], _stream_cell),
        _EACH,
        *(_section(each, real) for each in known.values() if each.failures),
        _FOOT,
    ]
    return "\n".join(parts)


def _in_short(shown: list[Outcome], real: list[Outcome]) -> str:
    runs = [(each, each.plain) for each in real if each.plain is not None]
    streams = [(each, each.stream) for each in shown if each.stream is not None]
    too_long = [(each.provider, run.status) for each, run in runs if each.kind == "too_long"]
    quota = [run.status for each, run in runs if each.kind == "quota"]
    keys = [(each.provider, run.raised) for each, run in runs if each.kind == "key"]
    late = {each.provider for each, run in streams if run.where == "first piece"}
    ends = [run.done for each, run in streams if each.failure == BREAKS["ends"]]
    hidden = {each.provider for each, run in streams if each.failure == BREAKS["error"] and run.done}
    most = max(run.asked for each in shown for run in (each.plain, each.stream) if run is not None)
    often = {each.provider for each in shown if each.plain is not None and each.plain.asked == most}
    helped = {f"{each.provider} (`{name}`)" for each in shown if each.plain for name in each.plain.look_ups}
    lines = [
        f"No failure becomes a 500. LiteLLM calls no provider more than {most} times for one request.",
        f"**Prompt too long**: {_share(too_long, 413)} wordings become a 413. LiteLLM goes by the wording, and does not"
        f" recognize some of those of {_list({name for name, status in too_long if status != 413})}.",
        f"**Quota used up**: {quota.count(429)} of {len(quota)} become a 429, the others a 502. So after a 429, don't"
        " promise that waiting a minute helps.",
        f"**A wrong key** does not raise `AuthenticationError` with"
        f" {_list({name for name, raised in keys if raised != 'AuthenticationError'})}.",
        f"**LiteLLM retries**, {most} times in all, with {_list(often)}. It calls the others once, or twice if there is"
        " no connection.",
        f"**A stream that fails at once** raises at the `await`; with {_list(late)}, only at the first piece.",
        f"**A stream that just ends** looks complete: {sum(ends)} of {len(ends)} get their `[DONE]`. With"
        f" {_list(hidden)}, LiteLLM drops the error event, too.",
        f"**Besides the chat request**, LiteLLM sends others with {_list(helped)}.",
    ]
    return "".join(f"- {line}\n" for line in lines)


def _share(statuses: list[tuple[str, int]], wanted: int) -> str:
    return f"{sum(status == wanted for _, status in statuses)} of {len(statuses)}"


def _kinds_of(provider: str, real: list[Outcome]) -> list[str]:
    cells = [f"[{provider}](#{provider})" if any(each.provider == provider for each in real) else provider]
    for kind in _COLUMNS:
        found = [each.plain.status for each in real if (each.provider, each.kind) == (provider, kind) and each.plain]
        cells.append(", ".join(str(status) for status in sorted(set(found))))
    return cells


def _by_failure(known: Iterable[str], outcomes: list[Outcome], cell: Callable[[Outcome], str]) -> str:
    """Return a table of providers and failures. What most do stands in the first row, and is not repeated."""
    names = list(dict.fromkeys(each.failure for each in outcomes))
    cells = {(each.provider, each.failure): cell(each) for each in outcomes}
    most = [Counter(text for (_, of), text in cells.items() if of == name).most_common(1)[0][0] for name in names]
    rows = [["most", *most]]
    for provider in known:
        own = [cells.get((provider, name), "") for name in names]
        if any(own) and own != most:
            told = ["as most" if text == usual else text for text, usual in zip(own, most, strict=True)]
            rows.append([provider, *told])
    return _table(["provider", *(name.removeprefix("stream: ") for name in names)], rows)


def _plain_cell(outcome: Outcome) -> str:
    run = outcome.plain
    return f"{run.status} `{run.raised}` {_times(run.asked)}" if run else ""


def _stream_cell(outcome: Outcome) -> str:
    run = outcome.stream
    return f"{f'`{run.raised}`' if run.raised else 'nothing'}, {_DONE[run.done]}" if run else ""


def _section(provider: ProviderFailures, real: list[Outcome]) -> str:
    played = {each.failure: each for each in real if each.provider == provider.name}
    rows = [_row(each, played[each.name]) for each in provider.failures]
    head = ["what happens", "its status", "LiteLLM raises", "your status", "calls", "the stream fails"]
    return f"### {provider.name}\n\nModel: `{provider.model}`\n\n{_table(head, rows)}"


def _row(failure: Failure, outcome: Outcome) -> list[str]:
    run, stream = outcome.plain, outcome.stream
    assert run is not None
    source = "own words" if failure.own_words else "words"
    fails = f"before, {stream.where}" if stream and stream.where != "later" else "after" if stream else ""
    if stream and stream.status != run.status:
        fails += f", {stream.status}"
    raised = f"`{run.raised}`" if run.raised else "nothing"
    return [
        f"{failure.name} ([{source}]({failure.source}))",
        outcome.answers,
        raised,
        str(run.status),
        str(run.asked),
        fails,
    ]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _list(names: Iterable[str]) -> str:
    *first, last = sorted(names) or ["none"]
    return f"{', '.join(first)} and {last}" if first else last


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _without_version(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("LiteLLM ")]


_HEAD = """# Providers: what goes wrong, and what your endpoint makes of it

LiteLLM {version}, {providers} providers, {failures} failures, each with its source.

A script plays the providers, in their own words, and the solution of [step 6](06_handle_failures.ipynb) responds. Where
a source gives only a status code and no text, the words are ours, marked "own words".

## In short
"""
_STREAMS = """## Streams that break off

These streams break off after the first pieces of text, so after the status code 200. The table shows what LiteLLM
raises and how your response ends. Error events have the documented format; those of Cohere, watsonx and Databricks are
from memory.
"""
_EACH = """## Each provider

- *calls*: how many requests LiteLLM makes for one of yours.
- *the stream fails*: "before" means before its first byte, so that you can still choose the status code. LiteLLM raises
  at the `await`, or at the first piece.
"""
_FOOT = """## More

GitHub Models is not listed: it was retired on 30 July 2026 and answers every request with 410.

To turn exceptions into status codes, see [step 6, handle failures](06_handle_failures.ipynb). For streams, see
[step 10, ship it](10_ship_it.ipynb).
"""
