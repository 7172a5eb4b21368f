"""Charts as SVG inside a page: matplotlib draws them, the page's own style colours them, in the light and in the dark.

matplotlib is an optional extra. Without it there is no picture; the page has every number in a table anyway.
Vega-Altair and Plotly would put a script of some megabytes into the page, and nothing could be seen without it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INSTALL = "Charts are off. To draw them, run once: python3 -m grading setup --class"
_SIZE = 11  # of the text, in the same units
_WIDTH = 4.6  # inches: at 72 units an inch, the width of a phone's screen in CSS pixels
# Drawn with these, so that they can be told apart and replaced by the names of the page's colours.
_INK, _BAR, _LINE = "#010203", "#040506", "#070809"
_NAMES = {_INK: "var(--ink)", _BAR: "var(--accent)", _LINE: "var(--line)"}


def columns(name: str, alternative: str, bars: Sequence[tuple[str, int]]) -> Markup | None:
    """Draw one column a row, with its count above. Returns None without matplotlib."""
    if (figure := _figure(2.8)) is None:
        return None
    axes = figure.add_subplot()
    drawn = axes.bar([label for label, _ in bars], [count for _, count in bars], color=_BAR, width=0.8)
    counts = [f"{count:,}" if count else "" for _, count in bars]
    axes.bar_label(drawn, labels=counts, color=_INK, fontsize=_SIZE, padding=2)
    axes.tick_params(axis="x", colors=_INK, labelsize=_SIZE, length=0, labelrotation=35 if len(bars) > 5 else 0)
    axes.set_yticks([])
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)
    return _svg(figure, name, alternative)


def shares(name: str, alternative: str, bars: Sequence[tuple[str, float, str]]) -> Markup | None:
    """Draw a bar for each (label, share of 1, its text), the words above it. Returns None without matplotlib."""
    if (figure := _figure(0.2 + 0.48 * len(bars))) is None:
        return None
    axes = figure.add_axes((0.01, 0.0, 0.98, 1.0))
    places = range(len(bars), 0, -1)
    axes.barh(places, [1] * len(bars), height=0.28, color=_LINE)
    axes.barh(places, [share for _, share, _ in bars], height=0.28, color=_BAR)
    for place, (label, _, text) in zip(places, bars, strict=True):
        axes.text(0, place + 0.25, label, color=_INK, fontsize=_SIZE, parse_math=False)
        axes.text(1, place + 0.25, text, color=_INK, fontsize=_SIZE, ha="right")
    axes.set(xlim=(0, 1), ylim=(0.6, len(bars) + 0.75))
    axes.set_axis_off()
    return _svg(figure, name, alternative)


def _figure(height: float) -> Figure | None:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    return Figure(figsize=(_WIDTH, height))


def _svg(figure: Figure, name: str, alternative: str) -> Markup:
    """Return the figure as SVG whose ids start with `name`: there are several in one page."""
    import matplotlib

    drawn = io.StringIO()
    settings: dict[Any, str] = {"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif"}
    with matplotlib.rc_context(settings):
        figure.savefig(drawn, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
    text = drawn.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = re.sub("|".join(_NAMES), lambda colour: _NAMES[colour[0]], text)
    text = re.sub(r"(font: [\d.]+px|font-family:) [^;\"]*", r"\1 system-ui, sans-serif", text)
    text = re.sub(r'(<svg [^>]*?) width="[^"]*"| height="[^"]*"(?=[^>]*viewBox)', r"\1", text, count=2)
    return Markup(text.replace("<svg ", f'<svg role="img" aria-label="{escape(alternative)}" ', 1))
