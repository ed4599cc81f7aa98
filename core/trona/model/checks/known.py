"""What is known about the inputs and fields of a model before it is solved: their values where the deck gives them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import ufl

from trona.model.symbols import FieldSymbol, InputSymbol, written_size
from trona.model.unknown import symbols_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trona.errors import Location
    from trona.model.model import Model
    from trona.model.unknown import Initial

    Floats = NDArray[np.float64]

INSTANTS = 11
"""How many times between start and end an input that depends on time is looked at."""
_MOST_SAMPLES = 1000
_MOST_WORK = 1_000_000
"""Samples times parts of the expression."""


def points_of(model: Model, region: str = "") -> Floats:
    """Return the points (n, dimension) of a boundary or interface, of the whole mesh without a name."""
    mesh = model.mesh
    if not region:
        return mesh.points
    found = mesh.boundaries.get(region) or mesh.interfaces[region]
    rows = mesh.facets_of(found.sets)
    return np.asarray(mesh.points[np.unique(rows)])


def cells_points(model: Model, blocks: Iterable[str]) -> NDArray[np.intp]:
    """Return the indices of the vertices of the cells in some blocks."""
    mesh = model.mesh
    inside = np.isin(mesh.cell_block, [mesh.blocks.index(block) for block in blocks])
    return np.unique(mesh.cells[inside])


def initial_values(model: Model, initial: Initial) -> Floats | None:
    """Return the values of an initial value at the vertices where it holds; None as in `values_at`."""
    points = points_of(model) if not initial.blocks else model.mesh.points[cells_points(model, initial.blocks)]
    return values_at(model, initial.value, points, np.zeros(1))


def instants(model: Model, only_start: bool = False) -> Floats:
    """Return the times, in s, at which inputs are looked at: of a steady deck 0."""
    from trona.model.sections import entries_of

    if model.steady or only_start:
        return np.zeros(1)
    end = entries_of(model.deck.section("time")).get("end")
    try:
        from trona.deck import parse_input
        from trona.units import Unit

        last = parse_input(end, Unit.parse("s"), {}, "").constant if end is not None else 0.0
    except Exception:  # the section is read, and its mistakes are told, elsewhere
        last = 0.0
    return np.linspace(0.0, last, INSTANTS) if last > 0 else np.zeros(1)


def values_at(model: Model, symbol: Any, points: Floats, times: Floats) -> Floats | None:
    """Return the values (times, points) of an input, None where it depends on fields or on what a protocol sets."""
    if not isinstance(symbol, InputSymbol):
        return None
    expression = symbol.expression
    axes = {axis: points[:, i] for i, axis in enumerate("xyz"[: points.shape[1]])}
    if expression.is_constant:
        return np.full((1, 1), expression.constant)
    if not expression.variables <= {"t", *axes}:
        return None
    with np.errstate(all="ignore"):
        rows = [
            np.broadcast_to(np.asarray(expression.evaluate({"t": t, **axes}), dtype=float), (len(points),))
            for t in (times if "t" in expression.variables else times[:1])
        ]
    return np.array(rows)


def given_values(model: Model) -> Iterator[tuple[str, Floats, Location | None, str]]:
    """Yield field, values, location and role of all values of fields in a deck: initial, fixed and given ones."""
    times = instants(model)
    for name, field in model.fields.items():
        for initial in field.initial:
            found = initial_values(model, initial)
            if found is not None:
                yield name, found, initial.location, "its initial value"
    for fixed in model.fixed:
        found = values_at(model, fixed.value, points_of(model, fixed.boundary), times)
        if found is not None:
            yield fixed.field, found, fixed.location, f"its value on '{fixed.boundary}'"
    for name, given in model.given.items():
        found = values_at(model, given.expression, points_of(model), times)
        if found is not None:
            yield name, found, given.location, "its given value"


def expected_ranges(model: Model) -> dict[str, tuple[float, float]]:
    """Return the expected range of each scalar field: the smallest and largest value that the deck gives it."""
    found: dict[str, tuple[float, float]] = {
        name: (field.reference, field.reference) for name, field in model.fields.items() if not field.shape
    }
    said: dict[str, list[float]] = {}
    for name, values, _, _ in given_values(model):
        finite = values[np.isfinite(values)]
        if finite.size:
            said.setdefault(name, []).extend((float(finite.min()), float(finite.max())))
    for name, ends in model.references.items():
        said.setdefault(name, []).extend(ends)
    return found | {name: (min(ends), max(ends)) for name, ends in said.items()}


def samples(
    model: Model, expression: Any, ranges: Mapping[str, tuple[float, float]], start: bool = False
) -> list[tuple[float, dict[str, float]]] | None:
    """Return values of an expression of inputs and fields, each with the fields' values that make it.

    The fields run through their expected ranges, time and position through those of the deck, with `start` at time
    zero. None where the expression holds something of which nothing is known before the run, or is too long.
    """
    expression = ufl.as_ufl(expression)
    symbols = symbols_in(expression)
    low, high = model.mesh.bounding_box
    times = instants(model, start)
    axes: list[list[tuple[Any, Any, str]]] = []
    for symbol in symbols:
        if isinstance(symbol, FieldSymbol):
            if symbol.name not in ranges or symbol.ufl_shape or type(symbol) is not FieldSymbol:
                return None
            ends = ranges[symbol.name]
            axes.append([(symbol, v, symbol.name) for v in dict.fromkeys((ends[0], sum(ends) / 2, ends[1]))])
        elif symbol is model.symbols.x:
            corners = [low, (low + high) / 2, high]
            axes.append([(symbol, tuple(map(float, corner)), "") for corner in corners])
        elif symbol is model.symbols.t:
            axes.append([(symbol, float(t), "t") for t in times])
        elif isinstance(symbol, InputSymbol):
            found = values_at(model, symbol, np.array([low, high]), times)
            if found is None:
                return None
            axes.append([(symbol, float(v), "") for v in np.unique(found)[:INSTANTS]])
        else:
            return None
    count = math.prod(map(len, axes))
    if count > _MOST_SAMPLES or count * written_size(expression) > _MOST_WORK:
        return None
    made = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # UFL warns before it raises
        for chosen in product(*axes):
            try:
                value = float(expression((0.0,), {symbol: v for symbol, v, _ in chosen}))
            except (ArithmeticError, ValueError, TypeError):
                continue  # no number there: the run reports what comes of it
            made.append((value, {name: v for _, v, name in chosen if name}))
    return made
