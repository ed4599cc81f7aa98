"""Controls: quantities that a protocol sets, as symbols of a model, and which of them each step must set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from trona.deck import Expression
from trona.deck.expression import Variable
from trona.model.symbols import InputSymbol
from trona.model.unknown import symbols_in
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Control, Table
    from trona.model.records import IntegralConstraint

STEP_TIME = "step_time"
"""The time since a step of the protocol began, in what it sets."""


@dataclass(frozen=True, eq=False)
class ProtocolControls:
    """The controls that a deck declares; a control without a default holds only in steps that set it.

    inputs: those that contain a control. switched: those of them in equations that are switched on and off by a
    constant, which is 1 where all controls that they need are set and 0 elsewhere.
    """

    declared: Mapping[str, Control]
    inputs: tuple[InputSymbol, ...] = ()
    switched: frozenset[InputSymbol] = frozenset()

    @cached_property
    def times(self) -> frozenset[str]:
        """What stands for a number at each time: an input of these alone does not vary in space."""
        return frozenset({"t", *self.declared, *map(flag, self.declared)})

    @property
    def optional(self) -> frozenset[str]:
        """ProtocolControls without a default."""
        return frozenset(n for n, control in self.declared.items() if control.default is None)

    def noting(self, symbol: InputSymbol) -> ProtocolControls:
        """Return the controls with one more input of the model."""
        return (
            replace(self, inputs=(*self.inputs, symbol)) if symbol.expression.variables & self.declared.keys() else self
        )

    def switching(self, target: Any) -> ProtocolControls:
        """Return the controls with the inputs of `target`, whose equation is switched."""
        return replace(self, switched=self.switched | set(_inputs(target)))

    def needed(self, expression: Any) -> frozenset[str]:
        """Return the controls without a default that an expression contains."""
        return frozenset[str]().union(*(s.expression.variables for s in _inputs(expression))) & self.optional

    def problems(self, given: frozenset[str], constraints: Iterable[IntegralConstraint]) -> list[str]:
        """Return what is wrong with a step that sets these controls; constraints: those that they may switch."""
        found: dict[str, None] = {}
        for symbol in self.inputs:
            if symbol not in self.switched:
                for name in sorted(symbol.expression.variables & self.optional - given):
                    text = f"does not set '{name}', on which {symbol.name} depends; set it, or give it a value "
                    found[f"{text}in protocol.controls"] = None
        ways: dict[str, list[frozenset[str]]] = {}
        for constraint in constraints:
            ways.setdefault(constraint.unknown.name, []).append(constraint.needs)
        for unknown, needs in ways.items():
            held = [n for n in needs if n <= given]
            if len(held) != 1:
                each = " or ".join("' and '".join(sorted(n)).join("''") for n in needs)
                state = "more than one of these" if held else "none"
                found[f"must set {each} to determine '{unknown}', and sets {state}"] = None
        return list(found)

    def values(
        self,
        given: Mapping[str, Expression | Table],
        time: float = 0.0,
        since: float = 0.0,
        latest: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Return the values, in SI, of all controls, and of the flags that say which are set.

        given: what a step of the protocol sets. time: s; since: the time since the step began, s. latest: the values
        before, which a control keeps that is not set and has no default; 0 without them.
        """
        times = {"t": time, STEP_TIME: since}
        found: dict[str, float] = {}
        for name, control in self.declared.items():
            if name in given:
                found[name] = float(given[name].evaluate(times))
            else:
                found[name] = control.default if control.default is not None else (latest or {}).get(name, 0.0)
            found[flag(name)] = float(name in given or control.default is not None)
        return found

    def idle(self) -> list[str]:
        """Return the controls that no input of the model contains."""
        used: set[str] = set().union(*(s.expression.variables for s in self.inputs))
        return [name for name in self.declared if name not in used]


def _inputs(expression: Any) -> list[InputSymbol]:
    return [s for s in symbols_in(expression) if isinstance(s, InputSymbol)]


def flag(name: str) -> str:
    """Return the name of the number that is 1 while a control is set and 0 otherwise."""
    return f"{name} is set"


def variable(name: str, unit: Unit) -> Expression:
    """Return the expression that consists of a control alone."""
    return Expression(name, unit, frozenset({name}), (Variable(name),))
