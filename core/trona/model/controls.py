"""Controls: quantities that a protocol sets, as symbols of a model, and which of them each step must set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trona.deck import Expression, check_definitions, parse_input
from trona.deck.expression import Variable
from trona.errors import UserError
from trona.model.field import symbols_in
from trona.model.sections import entries_of
from trona.model.symbols import InputSymbol
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.deck import Control, Node
    from trona.model.model import Model

STEP_TIME = "step_time"
"""The time since a step of the protocol began, in what it sets."""


class Controls:
    """The controls that a deck declares; a control without a default holds only in steps that set it.

    An equation that depends on such a control is switched on and off by a constant: see `weight`.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.declared: Mapping[str, Control] = model.deck.root.scope.controls
        self.times = frozenset({"t", *self.declared, *map(flag, self.declared)})
        """What stands for a number at each time: an input of these alone does not vary in space."""
        self._inputs: list[InputSymbol] = []
        self._switched: set[int] = set()

    @property
    def optional(self) -> frozenset[str]:
        """Controls without a default."""
        return frozenset(n for n, control in self.declared.items() if control.default is None)

    def note(self, symbol: InputSymbol) -> InputSymbol:
        """Remember an input that contains a control."""
        if symbol.expression.variables & self.declared.keys():
            self._inputs.append(symbol)
        return symbol

    def needed(self, expression: Any) -> frozenset[str]:
        """Return the controls without a default that an expression contains."""
        inputs = [s for s in symbols_in(expression) if isinstance(s, InputSymbol)]
        return frozenset().union(*(s.expression.variables for s in inputs)) & self.optional

    def weight(self, target: Any) -> Any:
        """Return the factor of an equation that holds when all controls in `target` are set: 1 or 0."""
        product: Any = 1
        for name in sorted(self.needed(target)):
            product = self._model.control_symbol(flag(name)) * product
        self._switched |= {id(s) for s in symbols_in(target) if isinstance(s, InputSymbol)}
        return product

    def problems(self, given: frozenset[str]) -> list[str]:
        """Return what is wrong with a step that sets these controls."""
        found: dict[str, None] = {}
        for symbol in self._inputs:
            if id(symbol) not in self._switched:
                for name in sorted(symbol.expression.variables & self.optional - given):
                    text = f"does not set '{name}', on which {symbol.name} depends; set it, or give it a value "
                    found[f"{text}in protocol.controls"] = None
        ways: dict[str, list[frozenset[str]]] = {}
        for constraint in self._model.integral_constraints:
            ways.setdefault(constraint.unknown.name, []).append(constraint.needs)
        for unknown, needs in ways.items():
            held = [n for n in needs if n <= given]
            if len(held) != 1:
                each = " or ".join("' and '".join(sorted(n)).join("''") for n in needs)
                state = "more than one of these" if held else "none"
                found[f"must set {each} to determine '{unknown}', and sets {state}"] = None
        return list(found)

    def idle(self) -> list[str]:
        """Return the controls that no input of the model contains."""
        used: set[str] = set().union(*(s.expression.variables for s in self._inputs))
        return [name for name in self.declared if name not in used]

    def first(self) -> dict[str, float]:
        """Return the values of all controls and flags in the protocol's first step, at t = 0."""
        node: Node | None = self._model.deck.section("protocol")
        while node is not None and isinstance(node.value, dict) and "steps" in node.value:
            steps = node.value["steps"].value
            node = steps[0] if isinstance(steps, list) and steps else None
        given = entries_of(entries_of(node).get("set"))
        times = {"t": Unit.parse("s"), STEP_TIME: Unit.parse("s")}
        values = {}
        for name, control in self.declared.items():
            value = control.default or 0.0
            if name in given:
                expression = parse_input(given[name], control.unit, times, self._model.deck.folder)
                value = float(expression.evaluate(dict.fromkeys(times, 0.0)))
            values[name] = value
            values[flag(name)] = float(name in given or control.default is not None)
        return values


def flag(name: str) -> str:
    """Return the name of the number that is 1 while a control is set and 0 otherwise."""
    return f"{name} is set"


def variable(name: str, unit: Unit) -> Expression:
    """Return the expression that is a control by itself."""
    return Expression(name, unit, frozenset({name}), (Variable(name),))


def check_controls(model: Model) -> None:
    """Refuse two equations for one number unless controls choose between them. Raises UserError."""
    seen: dict[str, frozenset[str]] = {}
    for constraint in model.integral_constraints:
        name = constraint.unknown.name
        if name in seen and not (seen[name] and constraint.needs):
            raise UserError(f"'{name}' is determined twice by {constraint.plugin}; let controls of a protocol choose")
        seen[name] = constraint.needs


def check_meanings(model: Model, outputs: Mapping[str, Unit]) -> None:
    """Refuse a definition that has no meaning anywhere in the deck, and a name that has two in its protocol.

    outputs: what the expressions of a protocol may hold, with their units. Raises UserError.
    """
    own = {STEP_TIME: Unit.parse("s"), **outputs}
    check_definitions(model.deck.root, {**model.variables(), **own})
    protocol = model.deck.section("protocol")
    if protocol is None:
        return
    controls = entries_of(entries_of(protocol).get("controls"))
    for name, node in {**model.deck.root.scope.definitions.nodes, **controls}.items():
        if name in own:
            what = "the time since a step began" if name == STEP_TIME else "an output"
            raise node.error(f"'{name}' is {what} in the expressions of a protocol; choose another name")


def check_names(model: Model, taken: Iterable[str]) -> None:
    """Refuse definitions and controls that hide a field. Raises UserError."""
    for name in taken:
        for section in ("definitions", "protocol"):
            node = model.deck.section(section)
            parent = node if section == "definitions" else entries_of(node).get("controls")
            if parent is not None and name in entries_of(parent):
                raise parent.mapping()[name].error(f"'{name}' is the name of a field; choose another")
