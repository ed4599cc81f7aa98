"""Initial values of fields: which of them must be given, and that they do not jump where a field is continuous."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from trona.errors import DeckError
from trona.model.checks.known import cells_points, values_at
from trona.model.unknown import field_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from trona.errors import UserError
    from trona.model.checks.findings import Findings
    from trona.model.model import Model
    from trona.model.unknown import Initial, Unknown


def unsaid_starts(model: Model, findings: Findings) -> Iterator[UserError]:
    """Judge runs that would begin at the typical value that a physics states of a field, since the deck gives none.

    It is there to condition the solve, and must not decide what comes out. Yields a mistake for an unknown of a law,
    such as the thickness of a layer; elsewhere, where such a value is mostly meant, a warning says it.
    """
    stored = {balance.field.name for balance, term in model.terms() if term.kind == "storage"}
    fixed = {each.field for each in model.fixed if each.value.expression.is_constant}
    for name, field in sorted(model.fields.items()) if not model.steady else ():
        if field.initial or name in fixed or name not in stored or field.shape or not field.reference:
            continue
        if field.kind != "volume":
            yield DeckError(f"'{name}' needs an initial value: give it under 'initial'", field.location)
        else:
            start = f"{field.reference:g}{field.unit.si.spelt}"
            findings.warnings.append(
                f"{field.location}: '{name}' begins at {start}, which {field.plugin} takes as typical, since 'initial' "
                "does not give it"
            )


def jumping_starts(model: Model) -> Iterator[UserError]:
    """Yield a mistake for each border at which initial values by block differ, though the field is continuous there."""
    for _, field in sorted(model.fields.items()):
        if field.kind == "volume" and field.declaration.element == "continuous":
            given = {(block, each.component): each for each in field.initial for block in each.blocks}
            for piece in field_pieces(field, model.mesh):
                for a, b in combinations(piece, 2):
                    for component in dict.fromkeys(component for _, component in given):
                        sides = (given.get((a, component)), given.get((b, component)))
                        yield from _difference(model, field, (a, b), sides)


def _shared_points(model: Model, a: str, b: str) -> NDArray[np.float64]:
    """Return the vertices that two blocks share, and the middles of the facets between them."""
    mesh = model.mesh
    shared = mesh.points[np.intersect1d(cells_points(model, (a,)), cells_points(model, (b,)))]
    between = [i for i, facet_set in enumerate(mesh.facet_sets) if {a, b} <= set(facet_set.blocks)]
    middles = mesh.points[mesh.facets_of(between)].mean(axis=1)
    return np.concatenate([shared, middles])


def _difference(
    model: Model, field: Unknown, blocks: tuple[str, str], sides: tuple[Initial | None, Initial | None]
) -> Iterator[UserError]:
    location = next((side.location for side in reversed(sides) if side is not None), None)
    border = f"'{field.name}' is continuous at {blocks[0]} | {blocks[1]}, and its initial values"
    texts = {"0" if side is None else side.value.expression.text for side in sides}
    if location is None or len(texts) == 1:
        return
    points = _shared_points(model, *blocks)
    if not len(points):
        return
    values = [np.zeros((1, 1)) if side is None else values_at(model, side.value, points, np.zeros(1)) for side in sides]
    if values[0] is None or values[1] is None:
        yield DeckError(f"{border} there depend on what a protocol sets: give one value for both", location)
        return
    one, other = (np.broadcast_to(v, (1, len(points)))[0] for v in values if v is not None)
    apart = np.abs(one - other)
    worst = int(np.argmax(apart))
    if not apart[worst] <= 1e-9 * max(float(np.abs(one).max()), float(np.abs(other).max())):
        yield DeckError(f"{border} differ there: {one[worst]:.6g} and {other[worst]:.6g} {field.unit.si}", location)
