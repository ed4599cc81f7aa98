"""How pictures look: their units, symbols, scales, names of axes, and what is drawn over a field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from trona.record.quantity import axis_label, prefixed, pretty, time_scale, time_text
from trona.units import Unit

if TYPE_CHECKING:
    from trona.readings.snapshot import OutputValue
    from trona.record.results import RecordedRun

_ALL = "all"
"""The key of the section `units` whose units are for all that they can measure."""
_AXES = {"axisymmetric": ("r", "z"), "spherical": ("r",)}
Over = Literal["", "arrows", "streamlines"]


@dataclass(frozen=True)
class Look:
    """axes: the names of the coordinates. units: those wanted, each for all that it can measure.

    named: units wanted for single fields and outputs, by name, and before them those in `units`; others: those of the
    deck for all else. symbols: of fields and outputs by name, as matplotlib typesets them.
    log: the axes with a logarithmic scale, of 'x' and 'y'; of a field, 'y' means its colours. steady: whether there is
    no time to tell. over: what shows the direction of a vector in two dimensions. mirrored: whether a section through
    an axis shows both of its halves. where: of a section through a body, where that is.
    """

    axes: tuple[str, ...] = ("x", "y", "z")
    units: tuple[Unit, ...] = ()
    log: str = ""
    steady: bool = False
    over: Over = ""
    mirrored: bool = False
    where: str = ""
    named: Mapping[str, Unit] = field(default_factory=dict)
    others: tuple[Unit, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict)

    def unit(self, unit: str, *names: str) -> Unit | None:
        """Return the wanted unit for what is measured in `unit` and has one of these names; None if there is none."""
        if not (self.units or self.named or self.others):
            return None
        dimension = Unit.parse(unit or "1")
        known = (self.named[each] for name in names for each in _spelt(name) if each in self.named)
        wanted = (each for group in (self.units, known, self.others) for each in group)
        return next((each for each in wanted if each.same_dimension(dimension)), None)

    def symbol(self, *names: str) -> str:
        """Return the symbol of what has one of these names; '' if none of them has one."""
        return next((self.symbols[each] for name in names for each in (name, _plain(name)) if each in self.symbols), "")

    def told(self, output: OutputValue) -> OutputValue:
        """Return an output in the unit in which it is told."""
        wanted = self.unit(output.unit, output.name)
        return output if wanted is None else replace(output, value=wanted.from_si(output.value), unit=wanted.text)

    def scaled(self, size: float, unit: str) -> tuple[float, str]:
        """Return the factor and the unit for lengths and other amounts up to `size` (in `unit`) on an axis."""
        wanted = self.unit(unit)
        return prefixed(size, unit) if wanted is None else (1 / wanted.factor, wanted.text)

    def time(self, span: float) -> tuple[float, str]:
        """Return the length in seconds and the name of the unit for times up to `span` [s]."""
        wanted = self.unit("s", "time")
        return time_scale(span) if wanted is None else (wanted.factor, wanted.text)

    def moment(self, time: float) -> str:
        """Return a time [s] as the title of what is shown of it; '' in a steady run."""
        if self.steady and not time:
            return ""
        wanted = self.unit("s", "time")
        told = (
            time_text(time).replace("us", "µs")
            if wanted is None
            else f"{wanted.from_si(time):.6g} {pretty(wanted.text)}"
        )
        return f"t = {told}"

    def time_axis(self, unit: str) -> str:
        """Return the label of an axis of times."""
        return axis_label("time", unit, "t")


def look_of(resolved: Mapping[str, Any], symbols: Mapping[str, str] | None = None) -> Look:
    """Return how the pictures of a run look, whose deck is given as plain data."""
    mesh, units = resolved.get("mesh"), resolved.get("units")
    system = mesh.get("coordinates") if isinstance(mesh, Mapping) else None
    named = dict(_parsed(units)) if isinstance(units, Mapping) else {}
    others = named.pop(_ALL, ())
    return Look(
        _AXES.get(str(system), ("x", "y", "z")),
        steady=not {"time", "protocol"} & resolved.keys(),
        named={name: one for name, (one, *_) in named.items()},
        others=tuple(others),
        symbols=dict(symbols or {}),
    )


def look_of_run(run: RecordedRun) -> Look:
    """Return how the pictures of a recorded run look."""
    return look_of(run.deck, run.symbols)


def _parsed(units: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Unit, ...]]]:
    """Yield the names of the section `units` with what is wanted for them. What is no unit, as it may be in a file that
    was changed since the run, is left out."""
    for name, given in units.items():
        found = []
        for each in given if isinstance(given, list) else [given]:
            with suppress(ValueError):
                found.append(Unit.parse(str(each)))
        if found:
            yield str(name), tuple(found)


def _plain(name: str) -> str:
    """Return a name without its place: 'temperature (metal)' gives 'temperature'."""
    return name.partition(" (")[0] if name.endswith(")") else name


def _spelt(name: str) -> Iterator[str]:
    """Yield a name, and the plainer ones that stand for it: without its place, and without its component."""
    yield name
    plain = _plain(name)
    if plain != name:
        yield plain
    for stem in (plain.rpartition("."), plain.rpartition("_")):
        if stem[1] and (stem[2] in "xyz" or stem[2].isdigit() or stem[1] == "."):
            yield stem[0]
