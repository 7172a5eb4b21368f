"""A timeline: when each of several requests was sent and answered, as a picture and as text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _ROW = 640, 90, 26  # pixels
_COLUMNS = 40  # of the text


@dataclass(frozen=True)
class Timeline:
    """`spans` has start and end of each request, in seconds after the first one was sent."""

    title: str
    spans: Sequence[tuple[float, float]]
    seconds: float = 2.5
    """What is shown at least, so that several timelines have one scale."""

    @property
    def _shown(self) -> float:
        return max(self.seconds, *(end for _, end in self.spans))

    @property
    def summary(self) -> str:
        """What the picture shows, in a sentence."""
        ends = ", ".join(f"{end:.1f}" for _, end in self.spans)
        return f"{self.title}: {len(self.spans)} requests, answered after {ends} seconds."

    def _repr_html_(self) -> str:
        scale = (_WIDTH - _LEFT - 70) / self._shown
        bars = []
        for number, (start, end) in enumerate(self.spans):
            y, x, width = number * _ROW, _LEFT + start * scale, max(2.0, (end - start) * scale)
            bars.append(
                f'<text x="0" y="{y + 17}">request {number + 1}</text>'
                f'<rect x="{x:.1f}" y="{y + 5}" width="{width:.1f}" height="16" rx="3" fill-opacity="0.35" '
                f'stroke="currentColor"/><text x="{x + width + 6:.1f}" y="{y + 17}">{end:.2f} s</text>'
            )
        # As an image: an SVG in the page is lost in a saved notebook that is not trusted, and an image keeps its text
        # alternative. It can't take the page's colours, so it brings a ground of its own.
        height = len(self.spans) * _ROW
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -4 {_WIDTH + 16} {height + 8}" color="#1a1a1a" '
            f'fill="#1a1a1a" font-size="13" font-family="sans-serif">'
            f'<rect x="-8" y="-4" width="{_WIDTH + 16}" height="{height + 8}" fill="#fff"/>{"".join(bars)}</svg>'
        )
        data = base64.b64encode(svg.encode()).decode()
        return (
            f'<figure style="margin: 0.5em 0"><figcaption>{escape(self.title)}</figcaption>'
            f'<img alt="{escape(self.summary)}" src="data:image/svg+xml;base64,{data}" width="{_WIDTH}" '
            'style="max-width: 100%"></figure>'
        )

    def __repr__(self) -> str:
        scale = _COLUMNS / self._shown
        rows = (
            f"  request {number}  {' ' * round(start * scale)}{'█' * max(1, round((end - start) * scale))} {end:.2f} s"
            for number, (start, end) in enumerate(self.spans, start=1)
        )
        return "\n".join([self.title, *rows])
