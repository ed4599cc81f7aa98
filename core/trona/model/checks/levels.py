"""Levels: whether a constant added to a whole piece of a field changes any equation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import ufl
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.classes import Grad, Zero
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from trona.errors import DeckError, UserError
from trona.mesh import with_all_facets
from trona.model.laws import everywhere, facet_sets
from trona.model.symbols import FieldSymbol
from trona.model.unknown import constant_of, field_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.mesh.data import MeshData
    from trona.model.equation import Equation
    from trona.model.laws import Law
    from trona.model.model import Model
    from trona.model.records import Constraint


def floating(model: Model) -> list[UserError]:
    """Find pieces of fields whose level is undetermined: a constant added to them changes no equation."""
    held = {(f.field, b) for f in model.fixed for b in _beside(model, f.boundary)}
    for c, patch in everywhere(model.constraints):
        held |= _values(model.expand_at(c.residual, patch), patch.sides)
    for g, patch in everywhere(model.integral_constraints):
        held |= _values(model.expand_at(g.integrand, patch), patch.sides)
    for balance, term in model.terms():
        if term.kind == "flux":
            if term.law is None:
                held |= {pair for b in term.blocks for pair in _let_out(model, balance, term.expression, b)}
            continue  # one that leaves nowhere does not fix the level that it depends on
        if term.kind in ("facet", "jump"):
            continue  # what one cell loses another gets
        if term.law is not None:
            found = _values_at(model, term.expression, term.law)
        else:
            found = {pair for b in term.blocks for pair in _values(model.expand(term.expression, b), {None: b})}
        held |= found  # also in another's balance: an unknown of a law may pass the level on
    errors: list[UserError] = []
    for balance in model.balances.values():
        field = balance.field
        for piece in field_pieces(field, model.mesh) if field.kind == "volume" else ():
            if not any((field.name, block) in held for block in piece):
                text = (
                    f"nothing fixes the level of '{field.name}' in {'+'.join(piece)}; "
                    "give its value or a Robin condition on a boundary"
                )
                errors.append(DeckError(text, field.location))
    return errors


def _beside(model: Model, boundary: str) -> tuple[str, ...]:
    region = model.mesh.boundaries.get(boundary) or model.mesh.interfaces[boundary]
    return region.blocks


def _values_at(model: Model, expression: Any, law: Law) -> set[tuple[str, str]]:
    return {pair for s in law.patches for pair in _values(model.expand_at(expression, s), s.sides)}


def _values(expression: Any, sides: Mapping[Any, str]) -> set[tuple[str, str]]:
    """Return field and block of every field that an expanded expression contains other than by its gradient."""
    found: set[tuple[str, str]] = set()
    seen: set[Any] = set()
    pending = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, FieldSymbol):
            found.add((node.name, sides.get(node.side, "")))
        elif not isinstance(node, Grad) and node not in seen:
            seen.add(node)
            pending.extend(node.ufl_operands)
    return found


# ---------------------------------------------------------------------- open boundaries


def _let_out(model: Model, balance: Equation, flux: Any, block: str) -> set[tuple[str, str]]:
    """Return the fields whose level a flux depends on, whatever the state, and lets out where its own field is free.

    The pressure of a flow is one: where the velocity is free, what is outside holds against it.
    """
    expanded = model.expand(flux, block)
    found = set()
    for name, _ in _values(expanded, {None: block}):
        if name != balance.field.name and name in model.fields and not model.fields[name].shape:
            change = _by_level(expanded, name)
            if change is not None and _leaves(model, balance, block, change):
                found.add((name, block))
    return found


def _by_level(expression: Any, name: str) -> Any:
    """Return by what a constant added to a field changes an expression, as numbers; None if it depends on the state."""
    change = _changed_by_level(expression, name)
    if change is None:
        return None
    values = [constant_of(change[i]) for i in np.ndindex(change.ufl_shape)]
    return None if None in values else np.reshape(np.array(values, dtype=float), change.ufl_shape)


def holds_level(model: Model, constraint: Constraint) -> bool:
    """Whether a constraint determines the level of a field, and not only its jump."""
    name = constraint.balance.field.name
    expanded = (model.expand_at(constraint.residual, patch) for patch in constraint.law.patches)
    return any(_changed_by_level(each, name) is not None for each in expanded)


def determines_multiplier(model: Model, constraint: Constraint) -> bool | None:
    """Whether a constraint determines its own multiplier, being linear in it; None if that depends on the state."""
    name = constraint.multiplier.name
    changes = [_changed_by_level(model.expand_at(constraint.residual, patch), name) for patch in constraint.law.patches]
    if all(change is None for change in changes):
        return False
    constant = all(change is not None and not any(n == name for n, _ in _values(change, {})) for change in changes)
    return True if constant else None


def _changed_by_level(expression: Any, name: str) -> Any:
    """Return by what a constant added to a field on both sides changes an expression; None where it changes nothing."""
    marker = _Marker(name)
    marked = map_expr_dag(marker, expression)
    if marker.level is None:
        return None
    change = apply_derivatives(apply_algebra_lowering(ufl.diff(marked, marker.level)))
    return None if isinstance(change, Zero) else change


class _Marker(MultiFunction):  # type: ignore[misc]
    """Makes a field a variable to differentiate by, but not in its gradients."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.level = name, None

    expr = MultiFunction.reuse_if_untouched

    def grad(self, o: Any) -> Any:
        return o

    def coefficient(self, o: Any) -> Any:
        if isinstance(o, FieldSymbol) and o.name == self.name:
            self.level = self.level if self.level is not None else ufl.variable(o)
            return self.level
        return o


def _leaves(model: Model, balance: Equation, block: str, change: Any) -> bool:
    """Whether a constant flux leaves a block, or its field's piece, where the balance's field is not fixed."""
    mesh, field = with_all_facets(model.mesh), balance.field
    piece = next(p for p in field_pieces(field, mesh) if block in p)
    # What may let go, as a contact does, keeps nothing in for certain.
    constraints = (c for c in model.constraints if c.balance is balance and determines_multiplier(model, c) is not None)
    constrained = {s for c in constraints for s in facet_sets(c.law)}
    for number, facets in enumerate(mesh.facet_sets):
        inside = [b for b in facets.blocks if b in piece]
        if block not in facets.blocks or len(inside) == 2 or number in constrained:
            continue
        held = {f.component for f in model.fixed if f.field == field.name and number in _sets(model, f.boundary)}
        if None in held:
            continue
        through = np.tensordot(_normals(mesh, number), np.atleast_2d(change), axes=([1], [-1]))
        free = [c for c in range(field.shape[0] if field.shape else 1) if c not in held]
        if np.abs(through[:, free]).max(initial=0.0) > 1e-9 * np.abs(change).max():
            return True
    return False


def _sets(model: Model, boundary: str) -> tuple[int, ...]:
    region = model.mesh.boundaries.get(boundary) or model.mesh.interfaces[boundary]
    return region.sets


def _normals(mesh: MeshData, number: int) -> Any:
    """Return unit normals, of either sign, of the facets of a set."""
    corners = mesh.points[mesh.facets[mesh.facet_set == number]]
    if mesh.gdim == 1:
        return np.ones((len(corners), 1))
    if mesh.gdim == 2:
        along = corners[:, 1] - corners[:, 0]
        across = np.stack([along[:, 1], -along[:, 0]], axis=1)
    else:
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return across / np.linalg.norm(across, axis=1)[:, None]
