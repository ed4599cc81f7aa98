"""What a page on a paper is made of: claims and their verdicts, tables, and pictures side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from kept_table import Rows, Value

HOLDS, REGION, FAILS = "holds everywhere", "holds in this region", "fails everywhere"
CHECK = "check of the code"
CLOSURE = "worst closure"
"""Column: the largest relative closure error of any balance in any step of a case."""


class Tables:
    """The kept tables of decks, read when they are asked for: tables["fig2_geometry"]."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Rows] = {}

    def __getitem__(self, deck: str) -> Rows:
        if deck not in self._known:
            self._known[deck] = Rows(self.folder / f"{deck}.csv")
        return self._known[deck]


@dataclass(frozen=True)
class Finding:
    """What became of a claim: a verdict, where it holds if it does not everywhere, and the numbers that it rests on."""

    verdict: str
    numbers: str
    where: str = ""
    held: tuple[str, ...] = ()
    """The cases in which the claim holds."""

    @property
    def text(self) -> str:
        if self.verdict == REGION:
            return f"**{REGION}**: {self.where}"
        return f"**{FAILS}** (contradicted)" if self.verdict == FAILS else f"**{self.verdict}**"


def found(cases: Mapping[str, bool], numbers: str, where: str) -> Finding:
    """Return the verdict on a claim from whether it holds in each case; `where` is said if only in some."""
    held = tuple(name for name, holds in cases.items() if holds)
    if len(held) == len(cases):
        return Finding(HOLDS, numbers, held=held)
    return Finding(REGION, numbers, where, held) if held else Finding(FAILS, numbers)


@dataclass(frozen=True)
class Claim:
    """A statement of the paper: where it stands, in which condition, and on which quantity. Judged from decks."""

    panel: str
    text: str
    quantity: str
    decks: tuple[str, ...]
    judge: Callable[[Tables], Finding]
    is_check: bool = False
    """Whether it is none of the paper's, but a check of the code."""


@dataclass(frozen=True)
class Pivot:
    """A table on the page: an output by two parameters, in the unit of the sweep; `fixed` picks the cases."""

    deck: str
    title: str
    output: str
    down: str
    across: str
    fixed: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Panels:
    """A field in several cases of a sweep, side by side and with one scale of colours.

    down, across: a parameter and those of its values that are shown. field: of the blocks; of a vector its magnitude.
    above, factor: shown is (value - above) * factor. both_signs: colours that tell the sign.
    box: x and y of the picture, nm; the sides of the mesh are mirrors. patch: of y against x.
    """

    name: str
    deck: str
    caption: str
    field: str
    label: str
    down: tuple[str, tuple[Value, ...]]
    across: tuple[str, tuple[Value, ...]]
    fixed: Mapping[str, Value] = field(default_factory=dict)
    blocks: tuple[str, ...] = ("sei",)
    above: float = 0.0
    factor: float = 1.0
    both_signs: bool = False
    box: tuple[float, float, float, float] = (-500, -33, 500, 55)
    patch: float = 3.0


@dataclass(frozen=True)
class Curves:
    """Curves of several cases in one picture.

    of: columns of a case's outputs.csv over time, each with a factor; their sum minus `less` is drawn. Without it, the
    current density that enters the metal along its surface.
    """

    name: str
    deck: str
    caption: str
    label: str
    cases: tuple[Mapping[str, Value], ...]
    fixed: Mapping[str, Value] = field(default_factory=dict)
    of: Mapping[str, float] | None = None
    less: float = 0.0


@dataclass(frozen=True)
class Lines:
    """An output of a sweep over a parameter, a line for each value of another: y - less, over that at x = `over`."""

    name: str
    deck: str
    caption: str
    label: str
    x: str
    y: str
    by: str
    fixed: Mapping[str, Value] = field(default_factory=dict)
    less: float = 0.0
    over: Value | None = None


@dataclass(frozen=True)
class Drawn:
    """A picture that the paper's package draws itself: draw(table, folder of the runs, path of the PNG file)."""

    name: str
    deck: str
    caption: str
    draw: Callable[[Rows, Path, Path], None]


Picture = Panels | Curves | Lines | Drawn


def picture_of(drawn: Picture) -> str:
    """Return the file name of a picture that is drawn from the runs of a deck."""
    return f"{drawn.deck}-{drawn.name}.png"


@dataclass(frozen=True)
class Figure:
    """A figure or a system of the paper: its decks, claims, tables and pictures."""

    title: str
    text: str
    claims: Sequence[Claim]
    pivots: Sequence[Pivot] = ()
    pictures: Sequence[Picture] = ()
    maps: Mapping[str, str] = field(default_factory=dict)
    """Pictures of sweeps, by name, and what they show."""

    @property
    def decks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(deck for claim in self.claims for deck in claim.decks))


@dataclass(frozen=True)
class Paper:
    """A paper: the name of its folders in inputs, docs and docs/reproduction, and what its page says.

    work: its title. doi: '' for what belongs to no single paper. head: what the page says before the verdicts. figures:
    its figures or systems, in order.
    """

    name: str
    title: str
    work: str
    doi: str
    head: str
    figures: Sequence[Figure]

    @property
    def decks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(deck for figure in self.figures for deck in figure.decks))


def falls(values: Sequence[float]) -> bool:
    return all(b < a for a, b in pairwise(values))


def rises(values: Sequence[float]) -> bool:
    return falls([-v for v in values])


def chain(values: Sequence[float], digits: int = 4) -> str:
    return " → ".join(f"{v:.{digits}g}" for v in values)
