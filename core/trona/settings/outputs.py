"""The `outputs` section of a deck: what to write, and outputs that the user adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.deck import Boolean, Choice, Integer, ListOf, Node, OptionContext, Quantity, Section, Text, parse_input
from trona.errors import UserError, hint, raise_all
from trona.settings.entry import length
from trona.settings.extra import read_extras
from trona.settings.output_settings import OutputSettings
from trona.settings.protocol import protocol_outputs
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.model.model import Model
    from trona.units import Unit


_SECOND = Unit.parse("s")


class OutputsSection(Section):
    """What a run writes in addition to its summary and audit."""

    name = "outputs"

    fields = Choice(("vtk", "none"), "field files for ParaView", default="vtk")
    every = Integer("number of steps between field files; default 1, or none with `at`", default=None, minimum=1)
    at = ListOf(
        Quantity("s", "time", above="0 s", variables=()),
        "times at which a step ends exactly and fields are written",
        default=None,
    )
    derived = ListOf(Text("name"), "derived quantities to write with the fields, by name", default=None)
    csv = ListOf(Text("name"), "outputs in the table over time; default all", default=None)
    plots = ListOf(Text("name"), "fields, outputs, lines and profiles to draw", default=None)
    report = Boolean("whether `trona run` and `trona sweep` write report.html, the page of the run", default="true")
    zoom = ListOf(Text("length"), "box x_min, y_min, x_max, y_max of a second panel in pictures", default=None)


def read_outputs(model: Model) -> OutputSettings:
    """Read `outputs`. Raises UserError with every mistake in it."""
    node = model.deck.section("outputs")
    if node is not None and node.value is None:
        node = None
    extra = node.mapping().get("extra") if node is not None else None
    plain = node.without(("extra",)) if node is not None else None
    values = OutputsSection.read_node(plain, OptionContext(folder=model.deck.folder)).found.values
    own = read_extras(model, extra)
    outputs = (*model.outputs, *own.outputs)
    quantities = {name: d for name, d in {**model.derived, **own.fields}.items() if d.law is None}
    extremes = tuple(extreme for curve in own.curves for extreme in curve.extremes)
    parts = {each.name: each.names for each in own.numbers}
    spelt = [n for name, names in parts.items() for n in dict.fromkeys((name, *names))]
    spelt += [n for each in extremes for n in each.names]
    reduced = [o.name for o in outputs] + spelt + protocol_outputs(model)
    drawable = [*model.fields, *quantities, *reduced, *(curve.name for curve in own.curves)]
    errors: list[UserError] = []
    for key, known in (("derived", list(quantities)), ("csv", reduced), ("plots", drawable)):
        for entry in node.mapping()[key].sequence() if values[key] and node is not None else []:
            if entry.string() not in known:
                name = entry.string()
                at = model.derived[name].law if name in model.derived else None
                why = f"nothing named '{name}'{hint(name, known)}"
                if at is not None:
                    why = f"'{name}' lives only at {at.name}; take it as a profile, or reduce it, under outputs.extra"
                errors.append(entry.error(why))
    raise_all(errors)
    drawn = {name: names for name, names in parts.items() if name not in names}  # a whole is drawn with its parts
    plots = _numbers(values["plots"] or (), drawn)
    written = dict.fromkeys((*(values["derived"] or ()), *(p for p in plots if p in quantities), *own.fields))
    zoom = _zoom(node.mapping()["zoom"]) if values["zoom"] and node is not None else None
    found = OutputSettings(
        vtk=values["fields"] == "vtk",
        every=values["every"] or (0 if values["at"] else 1),
        at=tuple(sorted({time.constant for time in values["at"] or ()})),
        derived=tuple(quantities[name] for name in written),
        csv=_numbers(values["csv"], parts) if values["csv"] is not None else None,
        plots=plots,
        zoom=zoom,
        report=values["report"],
        outputs=outputs,
        quantities=quantities,
        numbers=tuple(own.numbers),
        curves=tuple(own.curves),
        extremes=extremes,
    )
    return found.naming((*(found.csv or ()), *found.plots))


def check_times(model: Model, wanted: OutputSettings, end: float | None) -> None:
    """Refuse output times in a steady deck and after the end of the run, s. Raises UserError."""
    if not wanted.at:
        return
    section = model.deck.section("outputs")
    assert section is not None
    times = section.mapping()["at"]
    if end is None:
        raise times.error("a steady deck has no times; give the section 'time'")
    wrong = [n for n, at in zip(times.sequence(), _times(times), strict=True) if at > end]
    raise_all([n.error(f"the run ends at {end:g} s, before this time") for n in wrong])


def _times(node: Node) -> list[float]:
    return [parse_input(each, _SECOND, {}, "").constant for each in node.sequence()]


def _numbers(names: Iterable[str], parts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names of numbers: the plain name of a vector means all its components."""
    return tuple(dict.fromkeys(number for name in names for number in parts.get(name, (name,))))


def known_outputs(model: Model, wanted: OutputSettings) -> dict[str, Unit]:
    """Return the SI unit of every number that a run reports, by name."""
    found = {o.name: o.unit.si for o in wanted.outputs}
    for each in wanted.numbers:
        found.update(dict.fromkeys(each.names, each.unit.si))
    return found | {name: f.unit.si for name, f in model.fields.items() if f.kind == "global"}


class Judgeable(dict[str, Unit]):
    """The SI unit of every number that a condition may be about, by name; and a word on what is not one number."""

    def __init__(self, model: Model, wanted: OutputSettings) -> None:
        super().__init__(known_outputs(model, wanted))
        self.update({name: each.unit.si for each in wanted.extremes for name in each.names})
        self._other = {n: "a field" for n in model.fields if n not in self}
        self._other |= dict.fromkeys((*model.derived, *wanted.quantities), "a quantity in space")
        self._several = {each.name: each.names for each in wanted.numbers if each.name not in self}
        self._curves = {curve.name: curve for curve in wanted.curves}

    def why_not(self, name: str, what: str = "output", others: Iterable[str] = ()) -> str:
        """Return, for a message, why there is no number of this name, and the names that exist.

        what: what is looked for; others: further names that it may have.
        """
        if name in self._several:
            return f"'{name}' has several numbers; take one of {', '.join(self._several[name])}"
        if (curve := self._curves.get(name)) is not None:
            ends = " or ".join(n for each in curve.extremes for n in each.names)
            instead = f"take {ends}" if ends else "take a component of the vector along it"
            return f"'{name}' is a curve ({curve.kind}), not one number; {instead}"
        if name in self._other:
            return f"'{name}' is {self._other[name]}, not one number; reduce or probe it under outputs.extra"
        return f"no {what} '{name}'{hint(name, (*others, *self))}"


def _zoom(box: Node) -> tuple[float, float, float, float]:
    sides = [length(n) for n in box.sequence()]
    if len(sides) != 4:
        raise box.error(f"a zoom needs x_min, y_min, x_max, y_max, got {len(sides)} lengths")
    if sides[0] >= sides[2] or sides[1] >= sides[3]:
        raise box.error("a zoom needs x_min below x_max and y_min below y_max")
    return sides[0], sides[1], sides[2], sides[3]
