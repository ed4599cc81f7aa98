"""A mesh that moves: which unknown displaces it, what smooths it inside, and whose matter stays where it is.

Interfaces move by their laws (`InterfaceLaw.move`). The displacement is an unknown of the same Newton solve; its own
balance is written on the mesh as it was read, all others in the present configuration.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ufl
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from trona.deck import OptionContext, read_options
from trona.errors import UserError
from trona.model.balance import Balance, Term
from trona.model.declare import BalanceDeclaration, FieldDeclaration
from trona.model.parts import Constraint
from trona.model.sections import MAX_ORDER, MotionSection, entries_of
from trona.model.symbols import FieldSymbol
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.model.field import Field
    from trona.model.interface import InterfaceLaw
    from trona.model.model import Model
    from trona.model.symbols import Side

NAME, BALANCE = "mesh_displacement", "mesh_motion"
TEXT = "displacement of the mesh from where it was read"
_SHARE = 1e-3
"""Of the size of the mesh: the variation by which the displacement is scaled. It conditions the solve, no more."""


class Motion:
    """How the mesh of a model moves; its displacement lives in all blocks.

    axis, direction: the unit vector along which alone it moves (as numbers and as UFL), its unknown then being one
    number; None: anywhere.
    resting: blocks whose matter stays where it is while the mesh moves through it. In all others it moves along.
    """

    def __init__(self, model: Model) -> None:
        node = model.deck.section("motion")
        context = OptionContext(blocks=model.mesh.blocks, folder=model.deck.folder)
        values = read_options("motion", MotionSection.options(), node, context).values
        self.model, self.dimension = model, model.dimension
        axis = values["direction"]
        if axis != "any" and axis not in "xyz"[: model.dimension]:
            raise UserError(f"motion along {axis} needs a mesh of more dimensions than {model.dimension}")
        self.axis = None if axis == "any" else tuple(float(c == axis) for c in "xyz"[: model.dimension])
        self.direction = None if self.axis is None else ufl.as_vector(self.axis)
        self.smallest_quality: float = values["smallest_quality"]
        """Part of its quality at first that every cell must keep."""
        self.remeshed = values["on_poor_mesh"] == "remesh"
        """Whether a new mesh takes the place of a poor one: edges then stay straight, as those of a mesh are."""
        self.resting: set[str] = set()
        self.laws: list[tuple[InterfaceLaw, Side]] = []
        rank = 0 if self.direction is not None else 1
        box = model.mesh.bounding_box
        size = float(max(box[1] - box[0]))
        declaration = FieldDeclaration(
            NAME, "m", TEXT, rank=rank, scale=f"{_SHARE * size!r} m", order_below=MAX_ORDER - 1 if self.remeshed else 0
        )
        model.add_field(declaration, model.mesh.blocks)
        self.field: Field = model.fields[NAME]
        self._smooth(values["smoothing"], values["rigid"] or (), values["rigidity"])

    # ------------------------------------------------------------------ the displacement

    def symbol(self, side: Side | None) -> Any:
        """Return the symbol of the displacement's unknown."""
        return self.model.field_symbol(NAME, side, self.model.mesh.blocks[0])

    def vector(self, value: Any) -> Any:
        """Return the vector that a value of the unknown stands for."""
        return value if self.direction is None else value * self.direction

    def gradient(self, slope: Any) -> Any:
        """Return the gradient of that vector, of the unknown's gradient."""
        return slope if self.direction is None else ufl.outer(self.direction, slope)

    def velocity(self, side: Side | None = None) -> Any:
        """Return the velocity of the mesh, m/s."""
        return self.vector(self.model.rate_symbol(NAME, side, self.model.mesh.blocks[0]))

    def _smooth(self, smoothing: str, rigid: tuple[str, ...], rigidity: float) -> None:
        """Give the displacement its balance, a force per volume in units of a stiffness of 1 Pa."""
        model = self.model
        unit = "m^-1"
        declaration = BalanceDeclaration(BALANCE, unit, NAME, "displacement of the mesh inside its blocks")
        balance = Balance(declaration, Unit.parse(unit), self.field, model.contributor, model, on_reference=True)
        model.balances[BALANCE] = balance
        d = model.field(NAME)
        slope = ufl.grad(d)
        for block in model.mesh.blocks:
            factor = rigidity if block in rigid else 1.0
            if self.direction is not None:
                # Stiff along the direction only: a rigid block keeps its thickness, and each column may slide.
                along = ufl.dot(slope, self.direction)
                flux = -slope - (factor - 1) * along * self.direction
            elif smoothing == "elastic":
                flux = -factor * (slope + ufl.transpose(slope))
            else:
                flux = -factor * slope
            balance.terms.append(Term("flux", flux, model.contributor, (block,), place=model.place))

    def check(self) -> None:
        """Raise DeckError, at the boundary or order concerned, for what cannot move or does not go with new meshes."""
        elements, boundaries = (entries_of(self.model.deck.section(s)) for s in ("elements", "boundaries"))
        self._check_ends(boundaries)
        if not self.remeshed:
            return
        pulls = [c.multiplier.name for c in self.model.constraints if c.balance.name == BALANCE]
        for name in (NAME, *pulls):
            if self.model.fields[name].degree > 1:
                raise elements[name].error(f"with motion.on_poor_mesh: remesh the order of '{name}' must be 1")
        for fixed in self.model.fixed:
            expression = fixed.value.expression
            if fixed.field == NAME and not (expression.is_constant and expression.constant == 0):
                raise boundaries[fixed.boundary].error(
                    f"with motion.on_poor_mesh: remesh a boundary can only hold '{NAME}' at 0 m, "
                    "for it is counted from the newest mesh"
                )

    def _check_ends(self, boundaries: dict[str, Node]) -> None:
        """Raise DeckError for a boundary that holds the mesh where an interface that moves ends."""
        held: dict[str, set[int | None]] = {}
        for fixed in self.model.fixed:
            if fixed.field == NAME:
                held.setdefault(fixed.boundary, set()).add(fixed.component)
        mesh, axes = self.model.mesh, set(range(self.dimension))
        for boundary, components in held.items():
            region = mesh.boundaries.get(boundary) or mesh.interfaces[boundary]
            if not (None in components or components >= axes):
                continue  # it may slide along
            points = mesh.points_of(region.sets)
            for law, _ in self.laws:
                if points & mesh.points_of(mesh.interfaces[law.key].sets):
                    raise boundaries[boundary].error(
                        f"holds '{NAME}' where {law.name} ends, which is to move: nothing is left there to move. Let "
                        "the mesh slide along this boundary"
                    )

    # ------------------------------------------------------------------ interfaces that move

    def move(self, law: InterfaceLaw, velocity: Any, resting: Side | None) -> None:
        """See InterfaceLaw.move."""
        model = self.model
        balance = model.balances[BALANCE]
        name = "interface_traction"
        if name in model.fields:  # that of another plugin
            name += f" ({law.name})"
        text = "what holds the mesh at the moving interface"
        pull = model.add_surface_field(law, name, "1", text)
        multiplier = model.fields[pull.name]
        multiplier.declaration = replace(multiplier.declaration, order_below=self.field.declaration.order_below)
        normal = law.normal if self.direction is None else ufl.dot(law.normal, self.direction)
        balance.terms.append(
            Term("exchange", pull * normal, model.contributor, law=law, side="minus", place=model.place)
        )
        residual = ufl.dot(self.velocity("minus"), law.normal) - velocity
        model.constraints.append(Constraint(law, residual, Unit.parse("m/s"), multiplier, balance))
        self.laws.append((law, resting or "minus"))
        if resting is not None:
            self.resting.add(law.minus.block if resting == "minus" else law.plus.block)

    def carry(self) -> None:
        """Let what is stored go with matter, not with the mesh.

        Where matter rests it passes through the mesh, and is added or taken away at the moving interface. Elsewhere
        it moves along and keeps its volume, so that it must flow to where the mesh expands. All of it is counted from
        the reference values of the fields: the rest is the same everywhere, and would only bring the error that the
        time scheme makes in the volume of a cell.
        """
        for balance in self.model.balances.values():
            stored = [t for t in balance.terms if t.kind == "storage" and t.law is None]
            balance.terms = [t for t in balance.terms if t not in stored]
            for term in stored:
                for block in term.blocks:
                    self._carry(balance, term, block)

    def _carry(self, balance: Balance, term: Term, block: str) -> None:
        model, velocity = self.model, self.velocity()

        def counted(side: Side | None) -> Any:
            found = model.expand(term.expression, block, side)
            return found - map_expr_dag(_AtReference(model), found)

        def add(kind: Any, expression: Any, **where: Any) -> None:
            balance.terms.append(Term(kind, expression, "motion", place=term.place, **where))

        amount = counted(None)
        balance.terms.append(replace(term, expression=amount, blocks=(block,)))
        local = balance.field.declaration.element == "local"
        if block not in self.resting or local:
            add("source", amount * ufl.div(velocity), blocks=(block,))
            if block in self.resting:  # what jumps between cells has no flux: it is looked up where the matter was
                add("source", ufl.dot(ufl.grad(amount), velocity), blocks=(block,))
            return
        through = ufl.outer(amount, velocity) if amount.ufl_shape else amount * velocity
        add("flux", -through, blocks=(block,))
        for law, side in self.laws:
            trace, sign = (law.minus, 1) if side == "minus" else (law.plus, -1)
            if trace.block == block:
                speed = ufl.dot(self.velocity(side), law.normal)
                add("exchange", sign * speed * counted(side), law=law, side=side)


class _AtReference(MultiFunction):  # type: ignore[misc]
    """Puts the reference values of the fields into an expanded expression."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        if not isinstance(o, FieldSymbol) or o.name not in self.model.fields:
            return o
        field = self.model.fields[o.name]
        if field.shape:
            return ufl.zero(field.shape)
        unit = "" if field.unit.is_dimensionless else f" {field.unit.si}"
        return self.model.input(self.model.parse(f"{field.reference!r}{unit}"), f"reference {o.name}")
