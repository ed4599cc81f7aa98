"""The origin of a value that is not finite: the term, the point, and the smallest expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ufl.classes import Condition, Label, MultiIndex
from ufl.corealg.traversal import unique_post_traversal

from trona.diagnosis.evaluate import Evaluator
from trona.diagnosis.state import PlaceValues
from trona.model.printer import Printer
from trona.model.symbols import FieldSymbol
from trona.model.unknown import symbols_in

if TYPE_CHECKING:
    from trona.diagnosis.state import State
    from trona.diagnosis.terms import PointTerm

_LONG = 60


@dataclass(frozen=True)
class Birth:
    """A term that is not finite at a point x (m) in block.

    expression: the smallest subexpression that is not finite although its operands are; value: nan or inf.
    arguments: text and value of its operands; fields: name, unit and value of the fields in it.
    """

    plugin: str
    kind: str
    region: str
    block: str
    x: tuple[float, ...]
    expression: str
    value: float
    arguments: tuple[tuple[str, float], ...]
    fields: tuple[tuple[str, str, float], ...]

    @property
    def text(self) -> str:
        """As in: 'ln(c/c_0) is not a number; c/c_0 = -3.2'."""
        with_values = [(t, v) for t, v in self.arguments if t != f"{v:g}"]
        what = "is not a number" if np.isnan(self.value) else "is infinite"
        huge = len(self.arguments) == 1 and np.isinf(self.value) and abs(self.arguments[0][1]) > 500
        if huge:
            what = "overflows"
        says = ", ".join(f"{t} = {v:.4g}" if t else f"its argument is {v:.4g}" for t, v in with_values)
        return f"{self.expression} {what}" + (f"; {says}" if says else "")


def find_birth(term: PointTerm, state: State) -> Birth | None:
    """Return where a term is not finite, None if it is finite everywhere. Collective."""
    comm = state.transfer.problem.comm
    here = _local(term, state)
    return next((found for found in comm.allgather(here) if found is not None), None)


def _local(term: PointTerm, state: State) -> Birth | None:
    place = term.place
    shape = term.expression.ufl_shape
    for component in np.ndindex(*shape):
        values = term.density(state, component)
        bad = np.flatnonzero(~np.isfinite(values) & place.owned)
        if len(bad):
            return _at(term, state, int(bad[0]))
    return None


def _at(term: PointTerm, state: State, point: int) -> Birth:
    place = term.place
    evaluate = Evaluator(PlaceValues(state, place))

    def number(expression: Any) -> float:
        return float(np.real(np.broadcast_to(evaluate(expression), place.weights.shape)[point]))

    culprit, value = term.expression, float("nan")
    for node in unique_post_traversal(term.expression):
        if not _is_number(node):
            continue
        found = number(node)
        if not np.isfinite(found):
            culprit, value = node, found
            break
    printer = Printer()
    arguments = tuple((_short(printer(o)), number(o)) for o in culprit.ufl_operands if _is_number(o))
    symbols = [s for s in symbols_in(culprit) if isinstance(s, FieldSymbol) and not s.ufl_shape]
    fields = tuple((s.name, str(s.unit.si), number(s)) for s in symbols)
    block = place.main.block
    if symbols and symbols[0].side in place.sides:
        block = place.sides[symbols[0].side].block
    x = tuple(float(v) for v in place.x[point])
    text = _short(printer(culprit)) or f"{type(culprit).__name__.lower()}(...)"
    return Birth(term.plugin, term.kind, term.region, block, x, text, value, arguments, fields)


def _is_number(node: Any) -> bool:
    """Whether a subexpression is a scalar without free indices."""
    if isinstance(node, MultiIndex | Label | Condition):
        return False
    return not node.ufl_shape and not node.ufl_free_indices


def _short(text: str) -> str:
    return text if len(text) <= _LONG else ""
