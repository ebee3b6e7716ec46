"""Bar charts as SVG that the server draws: no script, no font, no style of their own (`statics/admin.css` has it)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

WIDTH: Final = 720
HEIGHT: Final = 220
TOP, BOTTOM, RIGHT = 34, 30, 4
GAP: Final = 0.25  # of a bar's place
MOST_LABELS: Final = 6
LABEL_WIDTH: Final = 80


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    text: str  # the value for people


@dataclass(frozen=True)
class Plot:
    """`summary` says in words what the eye would take from it; the table beside it has the numbers."""

    title: str
    over: str
    what: str
    summary: str
    bars: Sequence[Bar]

    @property
    def svg(self) -> Markup:
        """Told to a screen reader as a picture with its title and summary."""
        highest = max((bar.value for bar in self.bars), default=0)
        parts = [
            Markup('<svg class="plot" viewBox="0 0 {} {}" role="img">').format(WIDTH, HEIGHT),
            Markup("<title>{}: {}</title>").format(self.title, self.summary),
            Markup('<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(HEIGHT - BOTTOM, WIDTH),
        ]
        parts += [self._bar(number, bar, highest) for number, bar in enumerate(self.bars)]
        parts += [
            self._label(number, bar) for number, bar in enumerate(self.bars) if self._is_labelled(number)
        ]
        if highest > 0:
            top = max(self.bars, key=lambda bar: bar.value)
            parts.append(
                Markup('<text class="most" x="0" y="18">most: {} ({})</text>').format(top.text, top.label)
            )
        return Markup("").join([*parts, Markup("</svg>")])

    @property
    def _place(self) -> float:
        return (WIDTH - RIGHT) / max(len(self.bars), 1)

    def _bar(self, number: int, bar: Bar, highest: float) -> Markup:
        height = (HEIGHT - TOP - BOTTOM) * max(bar.value, 0) / highest if highest > 0 else 0
        return Markup(
            '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {}</title></rect>'
        ).format(
            number * self._place + self._place * GAP / 2,
            HEIGHT - BOTTOM - height,
            self._place * (1 - GAP),
            height,
            bar.label,
            bar.text,
        )

    def _is_labelled(self, number: int) -> bool:
        return number % max(1, -(-len(self.bars) // MOST_LABELS)) == 0

    def _label(self, number: int, bar: Bar) -> Markup:
        """Under its bar from the left, at the right edge to the left."""
        x = number * self._place + self._place * GAP / 2
        anchor = "start"
        if x > WIDTH - LABEL_WIDTH:
            x, anchor = WIDTH - RIGHT, "end"
        return Markup('<text class="label" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
            x, HEIGHT - 8, anchor, bar.label
        )
