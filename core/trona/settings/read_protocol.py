"""Reading the deck's `protocol` section."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from trona.deck import Node, OptionContext, OptionValues, parse_input, read_expression
from trona.deck.options import collect
from trona.errors import DeckError, UserError, hint, raise_all
from trona.model.controls import STEP_TIME
from trona.model.sections import entries_of
from trona.settings.protocol import COUNTERS, Integral, Limit, Protocol, ProtocolStep, amount_in
from trona.settings.protocol_options import ITEM, LOOP, SIDES, ProtocolSection
from trona.settings.sentences import Sentences
from trona.settings.start import at_start
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from trona.deck import Expression, Table
    from trona.model.model import Model
    from trona.model.records import Output
    from trona.settings.outputs import Judgeable

MOST_STEPS = 1_000_000
_SECOND = Unit.parse("s")


def read_protocol(model: Model, outputs: Judgeable, reduced: Sequence[Output]) -> Protocol | None:
    """Return the protocol of a deck, None if it has none; `outputs` are the units of all numbers by name.

    reduced: the outputs whose values at the start may be known.
    Raises UserError.
    """
    node = model.deck.section("protocol")
    if node is None:
        return None
    if model.steady:
        raise node.error("a protocol needs the section 'time' with the first time 'step'")
    return _Reader(model, node, outputs, reduced).read(ProtocolSection.read(model.deck))


class _Reader:
    def __init__(self, model: Model, node: Node, outputs: Judgeable, reduced: Sequence[Output]) -> None:
        self.reduced = {output.name: output for output in reduced}
        self.model, self.node, self.outputs = model, node, outputs
        self.controls = model.controls.declared
        self.folder = model.deck.folder
        self.integrals: dict[str, Integral] = {}

    def read(self, section: ProtocolSection) -> Protocol:
        entries = self.node.mapping()
        self._all(entries.get("integrals"), self._integral)
        for name in self.model.controls.idle():
            raise DeckError(
                f"nothing in this deck depends on '{name}'; use it in an expression, for example at a boundary",
                entries["controls"].key(name),
            )
        sentences = Sentences(section.verbs)
        collect(partial(self._verb, verb.given) for verb in sentences.verbs.values())
        listed = sentences.within(section.steps)
        steps = self._items(listed)
        total = section.repeat * sum(_count(s) for s in steps)
        if total > MOST_STEPS:
            raise section.steps.error(f"{total} steps; at most {MOST_STEPS} are possible")
        program: list[tuple[int, ProtocolStep]] = []
        before: object = None
        cycle = 0
        for place, step in _flat((section.repeat, steps), ()):
            cycle += place != before
            before = place
            program.append((cycle, step))
        self._starts(program[0][1], listed)
        protocol = Protocol(tuple(program), tuple(self.integrals.values()), {}, section.tolerance)
        known = {amount_in(i.name, name): i.unit for i in protocol.integrals for name in protocol.names}
        if len(known) < len(protocol.integrals) * len(protocol.names):
            raise self.node.error("names of integrals and steps, joined by '_', must all differ")
        numbers: dict[str, Expression] = {}

        def number(name: str, node: Node, parent: Node) -> None:
            self._free(name, parent, (*known, *COUNTERS))
            numbers[name] = read_expression(node, known)

        self._all(entries.get("per_cycle"), number)
        return replace(protocol, per_cycle=numbers, sentences=sentences.plain())

    def _starts(self, first: ProtocolStep, steps: Node) -> None:
        """Refuse a first step whose limit is already reached when it begins."""
        for limit in first.limits:
            known = self.reduced.get(limit.name) if limit.side != "amount" else None
            value = at_start(self.model, known) if known is not None else None
            if value is not None and limit.excess(value) >= 0:
                until = steps
                while "until" not in entries_of(until if isinstance(until.value, dict) else None):
                    inner = until.value if isinstance(until.value, list) else entries_of(until)["steps"].value
                    assert isinstance(inner, list)
                    until = inner[0]
                node = entries_of(until)["until"].mapping()[limit.name]
                raise node.error(
                    f"step '{first.name}' ends before it begins: '{limit.name}' starts at "
                    f"{value:.6g} {self.outputs[limit.name]}"
                )

    def _all(self, node: Node | None, read: Callable[[str, Node, Node], None]) -> None:
        """Read every entry of a mapping, and raise all errors in one go."""
        if node is not None:
            collect(partial(read, name, entry, node) for name, entry in entries_of(node).items())

    def _free(self, name: str, parent: Node, taken: tuple[str, ...]) -> None:
        if not name.isidentifier():
            raise DeckError(
                f"'{name}' is not a valid name: use letters, digits and '_', a letter first", parent.key(name)
            )
        if name in taken:
            raise DeckError(f"the name '{name}' is taken", parent.key(name))

    def _integral(self, name: str, node: Node, parent: Node) -> None:
        self._free(name, parent, (*self.outputs, *self.controls, *COUNTERS, "time"))
        units = {n: c.unit.si for n, c in self.controls.items()}
        expression = read_expression(node, {**units, **self.outputs})
        self.integrals[name] = Integral(name, expression, _over_time(expression.unit))

    # ------------------------------------------------------------------ steps and loops

    def _verb(self, given: Mapping[str, Node]) -> None:
        """Refuse names that a verb cannot have meant, whether a sentence begins with it or not."""
        for name in entries_of(given.get("set")):
            self._control(name, given["set"])
        for name in entries_of(given.get("until")):
            if name not in ("time", *self.integrals, *self.outputs):
                others = ("time", *self.integrals)
                raise DeckError(self.outputs.why_not(name, "integral or output", others), given["until"].key(name))

    def _items(self, node: Node) -> list[Any]:
        """Return the steps of a list, and its loops as pairs of a count and such a list."""
        return collect(partial(self._item, entry) for entry in node.sequence())

    def _item(self, node: Node) -> Any:
        item = ITEM.chosen(node)
        found = item.read(node, OptionContext())
        if item is LOOP:
            return found.values["repeat"], self._items(found.values["steps"])
        return self._step(node, found)

    def _step(self, node: Node, found: OptionValues) -> ProtocolStep:
        name, entries = found.values["name"], found.given
        errors: list[UserError] = []
        given: dict[str, Expression | Table] = {}
        for key, entry in entries_of(entries.get("set")).items():
            try:
                given[key] = self._setting(key, entry, entries["set"])
            except UserError as error:
                errors.append(error)
        if not errors:
            errors += [
                node.error(f"step '{name}' {p}")
                for p in self.model.controls.problems(frozenset(given), self.model.integral_constraints)
            ]
        duration, limits, until = None, [], entries["until"]
        for key, entry in entries_of(until).items():
            try:
                if key == "time":
                    duration = self._positive(entry, _SECOND)
                else:
                    limits += self._limits(name, key, entry, until, given)
            except UserError as error:
                errors.append(error)
        if not until.value:
            errors.append(until.error(f"step '{name}' has no limit: give 'until'"))
        first = found.values["step"].constant if found.values["step"] is not None else None
        raise_all(errors)
        return ProtocolStep(name, given, duration, first, tuple(limits), repr(node.plain()))

    def _setting(self, name: str, node: Node, parent: Node) -> Expression | Table:
        self._control(name, parent)
        return parse_input(node, self.controls[name].unit, {"t": _SECOND, STEP_TIME: _SECOND}, self.folder)

    def _control(self, name: str, parent: Node) -> None:
        if name not in self.controls:
            raise DeckError(f"no control '{name}'{hint(name, self.controls)}", parent.key(name))

    def _positive(self, node: Node, unit: Unit) -> float:
        value = parse_input(node, unit, {}, self.folder).constant
        if value <= 0:
            raise node.error(f"must be above 0, got {node.kind}")
        return value

    def _limits(
        self, step: str, name: str, node: Node, parent: Node, given: Mapping[str, Expression | Table]
    ) -> list[Limit]:
        if name in self.integrals:
            if isinstance(node.value, dict):
                sides = " or ".join(f"'{side}'" for side in SIDES)
                raise node.error(
                    f"'{name}' is an integral, which reaches a value with either sign and has no {sides}: "
                    f"'{name}: VALUE', or '{name} reaches VALUE' in a sentence"
                )
            value = self._positive(node, self.integrals[name].unit)
            self._reachable(step, self.integrals[name], parent.key(name), given)
            return [Limit(name, "amount", value)]
        if name not in self.outputs:
            others = ("time", *self.integrals)
            raise DeckError(self.outputs.why_not(name, "integral or output", others), parent.key(name))
        entries = node.mapping() if isinstance(node.value, dict) else {}
        if not entries or not set(entries) <= set(SIDES):
            text = f"the limit of an output is {{above: VALUE}}, {{below: VALUE}} or both, got {node.kind}"
            raise node.error(f"{text}; in a sentence, '{name} above VALUE' or '{name} below VALUE'")
        unit = self.outputs[name]
        found = [Limit(name, side, parse_input(part, unit, {}, self.folder).constant) for side, part in entries.items()]
        if (
            len(found) > 1 and sum(limit.excess(0.0) for limit in found) >= 0
        ):  # the value of `below` is not the smaller one
            raise node.error(f"'{name}' is always above the one value or below the other: no step can last")
        return found

    def _reachable(self, step: str, integral: Integral, place: Any, given: Mapping[str, Expression | Table]) -> None:
        """Refuse a limit of an integral that stays zero because the controls in it do."""
        values: dict[str, float] = {}
        for name in integral.expression.variables:
            source = given.get(name)
            control = self.controls.get(name)
            if source is not None and source.is_constant:
                values[name] = source.constant
            elif source is None and control is not None and control.default is not None:
                values[name] = control.default
            else:
                return
        if not float(integral.expression.evaluate(values)):
            raise DeckError(f"step '{step}' never reaches its limit: '{integral.name}' stays zero in it", place)


def _over_time(rate: Unit) -> Unit:
    """Return the unit of an integral over time; J/m^2 keeps its name and does not become N/m."""
    unit = rate * _SECOND
    return Unit("J" + rate.text[1:], unit.dimension) if rate.text.startswith("W/") else unit


def _count(item: Any) -> int:
    return item[0] * sum(_count(part) for part in item[1]) if isinstance(item, tuple) else 1


def _flat(loop: tuple[int, list[Any]], place: tuple[Any, ...]) -> Iterator[tuple[Any, ProtocolStep]]:
    """Yield every step with a key of its pass through the innermost loop."""
    times, items = loop
    for number in range(times):
        for index, item in enumerate(items):
            if isinstance(item, tuple):
                yield from _flat(item, (*place, number, index))
            else:
                yield (*place, number), item
