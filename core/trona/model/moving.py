"""Letting a mesh move: the unknown that displaces it, what smooths it inside, and what is carried along.

Interfaces and boundaries move by their laws (`InterfaceLaw.move`, `BoundaryLaw.move`). The displacement is an unknown
of the same Newton solve; its own balance is written on the mesh as it was read, all others in the present
configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ufl
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from trona.deck import OptionContext, read_options
from trona.errors import DeckError, UserError
from trona.model.declare import Balance, Field
from trona.model.equation import Term
from trona.model.facets import across_borders
from trona.model.laws import facet_sets
from trona.model.motion import BALANCE, NAME, TEXT, Motion
from trona.model.records import Constraint
from trona.model.sections import MAX_ORDER, MotionSection, entries_of
from trona.model.symbols import FieldSymbol
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.model.draft import Draft
    from trona.model.equation import TermKind
    from trona.model.laws import Law
    from trona.model.symbols import Side
    from trona.model.writer import Writer

_SHARE = 1e-3
"""Of the size of the mesh: the variation by which the displacement is scaled. It conditions the solve, no more."""


def _begin(by: Writer) -> Motion:
    """Add the displacement of the mesh, and the balance that spreads it."""
    draft = by.draft
    context = OptionContext(blocks=draft.mesh.blocks, folder=draft.deck.folder)
    values = read_options("motion", MotionSection.options(), draft.deck.section("motion"), context).values
    axis = values["direction"]
    if axis != "any" and axis not in draft.coordinates.axes:
        raise UserError(f"motion along {axis} needs a mesh of more dimensions than {draft.dimension}")
    remeshed = values["on_poor_mesh"] == "remesh"
    box = draft.mesh.bounding_box
    declaration = Field(
        NAME,
        "m",
        TEXT,
        rank=1 if axis == "any" else 0,
        scale=f"{_SHARE * float(max(box[1] - box[0]))!r} m",
        order_below=MAX_ORDER - 1 if remeshed else 0,
    )
    field = draft.add_field(declaration, by.plugin, by.location, draft.mesh.blocks)
    block = draft.mesh.blocks[0]
    sides: tuple[Side | None, ...] = (None, "minus", "plus")
    motion = Motion(
        field,
        draft.dimension,
        None if axis == "any" else tuple(float(c == axis) for c in draft.coordinates.axes),
        values["smallest_quality"],
        remeshed,
        {side: draft.field_symbol(NAME, side, block) for side in sides},
        {side: draft.rate_symbol(NAME, side, block) for side in sides},
    )
    draft.add_balance(Balance(BALANCE, "m^-1", NAME, "displacement of the mesh inside its blocks"), by.plugin, True)
    rigid = values["rigid"] or ()
    for each in draft.mesh.blocks:
        flux = _spread(motion, values["smoothing"], values["rigidity"] if each in rigid else 1.0)
        draft.add_terms(BALANCE, Term("flux", flux, by.plugin, (each,), location=by.location))
    return motion


def _spread(motion: Motion, smoothing: str, factor: float) -> Any:
    """Return the flux of the displacement's balance, a stress in units of a stiffness of 1 Pa."""
    slope = ufl.grad(motion.symbol(None))
    if motion.axis is not None:
        # Stiff along the direction only: a rigid block keeps its thickness, and each column may slide.
        return -slope - (factor - 1) * ufl.dot(slope, motion.direction) * motion.direction
    if smoothing == "elastic":
        return -factor * (slope + ufl.transpose(slope))
    return -factor * slope


def move(by: Writer, law: Law, velocity: Any, resting: Side | None) -> None:
    """Let an interface or a boundary move; see the `move` of laws."""
    draft = by.draft
    motion = draft.motion if draft.motion is not None else _begin(by)
    name = "interface_traction"
    if name in draft.fields:  # that of another plugin
        name += f" ({law.name})"
    text, below = f"what holds the mesh at the moving {law.kind}", motion.field.declaration.order_below
    pull = by.surface_field(law, name, "1", text, order_below=below)
    normal = draft.symbols.n if motion.axis is None else ufl.dot(draft.symbols.n, motion.direction)
    side: Side | None = "minus" if law.is_interface else None
    where: dict[str, Any] = {"law": law, "side": side} if law.is_interface else _through(law)
    kind: TermKind = "exchange" if law.is_interface else "inflow"
    draft.add_terms(BALANCE, Term(kind, pull * normal, by.plugin, location=by.location, **where))
    residual = ufl.dot(motion.velocity(side), draft.symbols.n) - velocity
    held = Constraint(law, residual, Unit.parse("m/s"), draft.fields[pull.name], draft.balances[BALANCE])
    draft.constraints.append(held)
    still = {law.block(resting)} if resting is not None else set[str]()
    draft.motion = replace(motion, resting=motion.resting | still, laws=(*motion.laws, (law, resting or "minus")))


def _through(law: Law) -> dict[str, Any]:
    """Return where the term of an inflow through a boundary is."""
    return {"boundary": law.key, "blocks": tuple(patch.block for patch in law.patches)}


def finish_motion(draft: Draft) -> None:
    """Complete the balances where the mesh moves.

    Raises DeckError, at the boundary or order concerned, for what cannot move or does not go with new meshes, and for a
    section `motion` that nothing needs.
    """
    node = draft.deck.section("motion")
    if draft.motion is not None:
        _check(draft, draft.motion)
        _carry(draft, draft.motion)
    elif node is not None:
        raise DeckError("no physics here moves an interface, so the mesh does not move", node.location)


def _check(draft: Draft, motion: Motion) -> None:
    elements, boundaries = (entries_of(draft.deck.section(s)) for s in ("elements", "boundaries"))
    _check_ends(draft, motion, boundaries)
    if not motion.remeshed:
        return
    pulls = [c.multiplier.name for c in draft.constraints if c.balance.name == BALANCE]
    for name in (NAME, *pulls):
        if draft.fields[name].degree > 1:
            raise elements[name].error(f"with motion.on_poor_mesh: remesh the order of '{name}' must be 1")
    for fixed in draft.fixed:
        expression = fixed.value.expression
        if fixed.field == NAME and not (expression.is_constant and expression.constant == 0):
            raise boundaries[fixed.boundary].error(
                f"with motion.on_poor_mesh: remesh a boundary can only hold '{NAME}' at 0 m, "
                "because it is measured from the newest mesh"
            )


def _check_ends(draft: Draft, motion: Motion, boundaries: Mapping[str, Node]) -> None:
    """Raise DeckError for a boundary that holds the mesh where an interface or a boundary that moves ends."""
    held: dict[str, set[int | None]] = {}
    for fixed in draft.fixed:
        if fixed.field == NAME:
            held.setdefault(fixed.boundary, set()).add(fixed.component)
    mesh, axes = draft.mesh, set(range(draft.dimension))
    for boundary, components in held.items():
        region = mesh.boundaries.get(boundary) or mesh.interfaces[boundary]
        if not (None in components or components >= axes):
            continue  # it may slide along
        points = mesh.points_of(region.sets)
        for law, _ in motion.laws:
            if points & mesh.points_of(facet_sets(law)):
                raise boundaries[boundary].error(
                    f"holds '{NAME}' where {law.name} ends, although {law.name} must move there. Let the mesh slide "
                    "along this boundary"
                )


def _carry(draft: Draft, motion: Motion) -> None:
    """Let what is stored go with matter, not with the mesh.

    Where matter rests it passes through the mesh, and is added or taken away at the moving interface. Elsewhere it
    moves along and keeps its volume, so that it must flow to where the mesh expands. All of it is counted from the
    reference values of the fields: the rest is the same everywhere, and would only bring the error that the time scheme
    makes in the volume of a cell.
    """
    for name, equation in list(draft.balances.items()):
        stored = [t for t in equation.terms if t.kind == "storage" and t.law is None]
        kept = tuple(t for t in equation.terms if t not in stored)
        carried = [
            each for term in stored for block in term.blocks for each in _carried(draft, motion, name, term, block)
        ]
        draft.balances[name] = replace(equation, terms=(*kept, *carried))


def _carried(draft: Draft, motion: Motion, balance: str, term: Term, block: str) -> list[Term]:
    """Return the terms of what is stored in a block of a mesh that moves."""
    velocity, resting = motion.velocity(), block in motion.resting

    def counted(side: Side | None) -> Any:
        found = draft.expand(term.expression, block, side, term.plugin)
        return found - map_expr_dag(_AtReference(draft), found)

    amount = counted(None)
    carried = [replace(term, expression=amount, blocks=(block,))]

    def add(kind: TermKind, expression: Any, **where: Any) -> None:
        carried.append(Term(kind, expression, "motion", location=term.location, **where))

    if not resting or draft.balances[balance].field.declaration.element == "local":
        add("source", amount * ufl.div(velocity), blocks=(block,))
        if resting:  # what jumps between cells has no flux: it is looked up where the matter was
            add("source", ufl.dot(ufl.grad(amount), velocity), blocks=(block,))
        return carried
    through = ufl.outer(amount, velocity) if amount.ufl_shape else amount * velocity
    add("flux", -through, blocks=(block,))
    if draft.balances[balance].field.declaration.element == "discontinuous":
        carried += _between_cells(draft, motion, balance, replace(term, plugin="motion"), block, counted)
    for law, side in motion.laws:
        if law.block(side) == block:
            speed = ufl.dot(motion.velocity(side), draft.symbols.n)
            sign = 1 if side == "minus" else -1
            add("exchange", sign * speed * counted(side), law=law, side=side)
    return carried


def _between_cells(
    draft: Draft, motion: Motion, balance: str, stored: Term, block: str, counted: Callable[[Side], Any]
) -> list[Term]:
    """Return what the mesh carries from cell to cell of a block where matter rests, and of such blocks beside it.

    It is upwind: of the cell that the mesh moves into.
    """
    forward, nothing = ufl.dot(motion.velocity("minus"), draft.symbols.n), 0 * counted("minus")
    field, moved = draft.fields[draft.balances[balance].field.name], {law.key for law, _ in motion.laws}

    def between(blocks: tuple[str, ...], minus: Any, plus: Any) -> Term:
        upwind = ufl.conditional(ufl.gt(forward, 0), plus, minus)
        return replace(stored, kind="facet", expression=-forward * upwind, blocks=blocks)

    found = [between((block,), counted("minus"), counted("plus"))]
    for pair in draft.mesh.neighbours:
        if block not in pair or not set(pair) <= motion.resting & set(field.blocks):
            continue
        if draft.mesh.interface("{} | {}".format(*pair)).name not in moved:
            here = (counted("minus"), nothing) if block == pair[0] else (nothing, counted("plus"))
            found += across_borders(draft, field, between(pair, *here))
    return found


class _AtReference(MultiFunction):  # type: ignore[misc]
    """Puts the reference values of the fields into an expanded expression."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        if not isinstance(o, FieldSymbol) or o.name not in self.draft.fields:
            return o
        field = self.draft.fields[o.name]
        if field.shape:
            return ufl.zero(field.shape)
        unit = "" if field.unit.is_dimensionless else f" {field.unit.si}"
        return self.draft.input(self.draft.parse(f"{field.reference!r}{unit}"), f"reference {o.name}")
