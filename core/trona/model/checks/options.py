"""Checks options that are not constant against their declared bounds and usual ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.deck import ListOf, MappingOf
from trona.deck.bounds import BOUNDS
from trona.errors import DeckError
from trona.model.checks.known import cells_points, instants, values_at
from trona.model.laws import Law, facet_sets
from trona.model.records import Expectation
from trona.model.symbols import InputSymbol
from trona.model.unknown import symbols_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from trona.deck import Option
    from trona.errors import Location, UserError
    from trona.model.checks.findings import Findings
    from trona.model.model import Model

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Used:
    """An option that is not constant, and where equations use it: in blocks or at laws."""

    symbol: InputSymbol
    at: tuple[tuple[tuple[str, ...], Law | None], ...]

    def points(self, model: Model) -> Floats:
        """Return the vertices of the mesh, (n, dimension), where it is used."""
        mesh = model.mesh
        rows = [np.empty(0, dtype=int)]
        for blocks, law in self.at:
            if law is not None:
                rows.append(mesh.facets_of(facet_sets(law)).ravel())
            else:
                rows.append(cells_points(model, blocks))
        return np.asarray(mesh.points[np.unique(np.concatenate(rows))])


def used_options(model: Model) -> dict[int, Used]:
    """Return the inputs of the equations that are not constant, by the identity of their expressions."""
    entries: list[tuple[Any, tuple[str, ...], Law | None]] = []
    for _, term in model.terms():
        law = term.law
        if term.kind == "inflow":
            law = Law(term.boundary, term.boundary, tuple(model.boundary_patches(term.boundary, term.blocks)))
        entries.append((term.expression, term.blocks, law))
    entries += [(feed.expression, feed.blocks, feed.law) for feeds in model.feeds.values() for feed in feeds]
    entries += [(c.residual, (), c.law) for c in model.constraints]
    entries += [(e, c.blocks, c.law) for c in model.integral_constraints for e in (c.integrand, c.target)]
    found: dict[int, tuple[InputSymbol, dict[Any, tuple[tuple[str, ...], Law | None]]]] = {}
    for expression, blocks, law in entries:
        for symbol in symbols_in(expression):
            if isinstance(symbol, InputSymbol) and not symbol.expression.is_constant:
                _, at = found.setdefault(id(symbol.expression), (symbol, {}))
                at[blocks, None if law is None else facet_sets(law)] = (blocks, law)
    return {key: Used(symbol, tuple(at.values())) for key, (symbol, at) in found.items()}


def check_options(model: Model, findings: Findings) -> Iterator[UserError]:
    """Yield options beyond their bounds, as far as values are known; the others become expectations of the run."""
    used = used_options(model)
    for physics in model.physics:
        declared = physics.declared_options()
        for name in physics.options.given:
            location = physics.options.location_of(name)
            for label, option, value in _leaves(name, declared[name], physics.options.values[name]):
                here = used.get(id(value))
                if here is not None and getattr(option, "bounds", None):
                    yield from _bounds(model, f"{label} of {physics.owner}", option, here, location, findings)


def usual_values(model: Model) -> Iterator[tuple[str, Any, Any, Location]]:
    """Yield label, option, values and location of the options that deck gives, as far as their values are known."""
    used = used_options(model)
    for physics in model.physics:
        declared = physics.declared_options()
        for name in physics.options.given:
            for label, option, value in _leaves(name, declared[name], physics.options.values[name]):
                if value is None or getattr(option, "usual", None) is None:
                    continue
                known: Any = value.known_values if hasattr(value, "known_values") else (float(value),)
                if not known and id(value) in used:
                    here = used[id(value)]
                    known = values_at(model, here.symbol, here.points(model), _times(model))
                if known is not None and np.size(known):
                    yield label, option, np.asarray(known), physics.options.location_of(name)


def _leaves(label: str, option: Option[Any], value: Any) -> Iterator[tuple[str, Option[Any], Any]]:
    """Yield an option, or those inside of it, with what the deck gives for each."""
    if isinstance(option, ListOf) and value is not None:
        for i, part in enumerate(value):
            yield from _leaves(f"{label}[{i}]", option.option, part)
    elif isinstance(option, MappingOf) and value is not None:
        for key, part in value.items():
            yield from _leaves(f"{label}.{key}", option.option, part)
    else:
        yield label, option, value


def _times(model: Model) -> Floats:
    """Return the times at which positions are known: those of a mesh that moves change."""
    return instants(model, only_start=model.motion is not None)


def _bounds(
    model: Model, name: str, option: Any, used: Used, location: Location, findings: Findings
) -> Iterator[UserError]:
    symbol = used.symbol
    if symbol.expression.known_values:
        return  # a table never leaves the values of its rows, which have been judged as they were read
    limits = {bound: option.limit(bound) for bound in option.bounds}
    values = values_at(model, symbol, used.points(model), _times(model))
    if values is None:
        findings.judged_later.append(name)
    elif values.size:
        slack = 1e-9 * float(np.abs(values).max())  # round-off is none of the user's business
        for bound, limit in limits.items():
            worst = float(values.min() if bound in ("minimum", "above") else values.max())
            near = bound in ("minimum", "maximum") and abs(worst - limit) <= slack
            if not BOUNDS[bound].passes(worst, limit) and not near:
                words = f"{BOUNDS[bound].words} {option.bounds[bound]}"
                yield DeckError(f"must be {words}, but is {worst:.6g}{symbol.unit.si.spelt}", location)
                return
    low = next((limits[b] for b in ("minimum", "above") if b in limits), None)
    high = next((limits[b] for b in ("maximum", "below") if b in limits), None)
    excluded = tuple(limits[b] for b in ("above", "below") if b in limits)
    findings.expectations += [
        Expectation(name, symbol, symbol.unit.si, low, high, name, "", blocks, law, True, location, excluded)
        for blocks, law in used.at
    ]
