"""The numbers in a term as written by the user, their locations, and the sensitivity of the term to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.model.symbols import InputSymbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.diagnosis.state import State
    from trona.diagnosis.terms import PointTerm
    from trona.errors import Location
    from trona.model import Model

_CHANGE = 1e-4


@dataclass(frozen=True)
class Written:
    """An input of the deck: its name, text and location; elasticity: d ln(answer) / d ln(value)."""

    name: str
    value: str
    location: Location | None
    own: bool
    """Whether it is an option of the plugin of the term."""
    elasticity: float = 0.0

    @property
    def text(self) -> str:
        where = "" if self.location is None else f" ({_place(self.location)})"
        return f"{self.name} = {self.value}{where}"


def written(model: Model, term: PointTerm, symbol: InputSymbol) -> Written | None:
    """Return an input as written in the deck, None for a constant of nature."""
    text = symbol.expression.text
    known = written_property(model, symbol)
    if known is not None:
        return known
    owner, _, option = symbol.name.partition(".")
    for physics in model.physics:
        # By name: the same input of a model whose numbers another one has taken over is another object.
        if option and physics.owner == owner and getattr(getattr(physics, option, None), "name", "") == symbol.name:
            place = physics.options.location_of(option)
            return Written(symbol.name, text, place, term.plugin == owner)
    if symbol.name in model.given:
        return Written(f"given.{symbol.name}", text, model.given[symbol.name].location, False)
    if term.kind == "inflow":
        return Written(symbol.name, text, term.location, True)
    return None


def written_property(model: Model, symbol: InputSymbol) -> Written | None:
    """Return a number of a material as written in the deck, None for another input."""
    if not symbol.slot or symbol.block not in model.materials:
        return None
    material = model.materials[symbol.block]
    node = material.properties.get(symbol.name) or material.properties.get(symbol.slot.split(".")[0])
    place = node.location if node else None
    return Written(f"{material.name}.{symbol.slot}", symbol.expression.text, place, False)


def ranked(term: PointTerm, state: State, answer: Callable[[State], float], least: float = 0.3) -> list[Written]:
    """Return the inputs of a term to which an answer (a number as function of the state) is sensitive.

    Options of the plugin of the term come first, because the user chose them for it.
    """
    problem = state.transfer.problem
    base = answer(state)
    found: list[Written] = []
    for symbol in term.inputs:
        known = written(problem.model, term, symbol)
        value = problem.inputs.number(symbol)
        if known is None or not value or not base:
            continue
        changed = answer(state.with_inputs({id(symbol): value * (1 + _CHANGE)}))
        elasticity = (changed - base) / (base * _CHANGE)
        if abs(elasticity) >= least:
            found.append(Written(known.name, known.value, known.location, known.own, elasticity))
    return sorted(found, key=lambda w: (not w.own, -abs(w.elasticity), w.name))


def listed(term: PointTerm, model: Model) -> list[Written]:
    """Return the inputs of a term as written, options of its plugin first."""
    found: dict[str, Any] = {}
    for symbol in term.inputs:
        known = written(model, term, symbol)
        if known is not None:
            found[known.name] = known
    return sorted(found.values(), key=lambda w: (not w.own, w.name))


def _place(location: Location) -> str:
    return f"{location.file}:{location.line}:{location.column}"
