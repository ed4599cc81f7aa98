"""Named sums that have a meaning at the points of local fields only, and their values between these."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl

from trona.model.declare import Field
from trona.model.expand import Expander
from trona.model.local_points import flat, holds_at_points, local_fields
from trona.model.local_traces import shaped
from trona.model.symbols import FieldSymbol
from trona.model.unknown import Unknown
from trona.problem.collocation import degree_of_points
from trona.problem.constant import Constant
from trona.problem.site import Site
from trona.problem.unknowns import Component
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.model.laws import Patch
    from trona.model.symbols import Side, SumSymbol
    from trona.problem.forms import Forms

# As in outputs: PETSc takes a pivot below 2e-14 for zero, and the mass of a cell of a nanometre is far less.
_MASS = {
    "ksp_type": "preonly",
    "pc_type": "bjacobi",
    "sub_pc_type": "lu",
    "mat_type": "aij",
    "sub_pc_factor_zeropivot": 1e-300,
}


class LocalSums:
    """Puts functions of their own in the place of such sums, for what reads the state anywhere in a cell.

    Such a sum is known at the points where the local field has followed what drives it. In each cell it is the
    polynomial through its values at these points. The functions are components of the unknowns that `forms` reads.
    """

    def __init__(self, forms: Forms) -> None:
        self.forms, self.model = forms, forms.model
        self._components: dict[Any, Component | None] = {}
        self._symbols: dict[Any, Any] = {}
        self._functions: dict[str, Any] = {}
        self._solvers: dict[str, Any] = {}

    def expand(self, expression: Any, block: str) -> Any:
        """Return an expression in a block, as Model.expand does, or what stands for all of it between the points.

        The whole expression is carried on from the points, not the sums in it: a high power of a sum that is already
        extrapolated to a corner may be far from any value at a point.
        """
        return self._whole(self.model.expand(expression, block), expression, block)

    def expand_at(self, expression: Any, patch: Patch) -> Any:
        """Return an expression at a patch of a law, as Model.expand_at does, likewise."""
        found = Expander(self.model, patch.sides, None, instead=self._instead, sets=patch.sets)(expression)
        return self._whole(found, expression, patch.sides[None]) if None in patch.sides else found

    def _whole(self, found: Any, expression: Any, block: str) -> Any:
        """Return an expanded expression in one block, or what stands for all of it if it reads no such sum."""
        if not holds_at_points(self.model, found):
            return found
        return self._symbol(self._component(str(found), expression, block), None, found.ufl_shape)

    def updating(self, expression: Any) -> Callable[[], None]:
        """Return what brings the functions in an expanded expression up to the present state."""
        names = dict.fromkeys(
            s.name for s in ufl.algorithms.extract_coefficients(expression) if isinstance(s, FieldSymbol)
        )
        found = [(self._functions[name], self._solvers[name]) for name in names if name in self._solvers]

        def update() -> None:
            for function, solver in found:
                # From zero: Firedrake's residual misses what is there already where the load sees other meshes.
                function.assign(0)
                solver.solve()

        return update

    def _instead(self, symbol: SumSymbol, block: str, side: Side | None) -> Any:
        """Return what stands for a sum on a side; None if it may be taken anywhere."""
        whole = self.model.sum_of(symbol.key)
        key = (symbol.key, block)
        if key not in self._components:
            mixed = holds_at_points(self.model, self.model.expand(whole, block))
            self._components[key] = self._component(symbol.key.name, whole, block) if mixed else None
        component = self._components[key]
        return None if component is None else self._symbol(component, side, symbol.ufl_shape)

    def _symbol(self, component: Component, side: Side | None, shape: tuple[int, ...]) -> Any:
        field = component.field
        key = (field.name, side)
        if key not in self._symbols:
            self._symbols[key] = FieldSymbol(field.name, field.unit, self.model.dimension, field.shape, side)
        return shaped(self._symbols[key], shape)

    def _component(self, name: str, expression: Any, block: str) -> Component:
        """Return the function of an expression on the mesh of the local field that it depends on."""
        unknowns = self.forms.unknowns
        local = local_fields(self.model, self.model.expand(expression, block))
        home = unknowns.find(max(local, key=lambda f: f.order).name, block)
        name = f"{name} between the points of {home.label}"
        if name in self._solvers:
            return unknowns.find(name, block)
        shape = (prod(expression.ufl_shape),) if expression.ufl_shape else ()
        declaration = Field(name, "1", name, components=prod(shape) if shape else 0, element="local")
        field = Unknown(declaration, Unit.dimensionless, home.blocks, "", shape, degree=home.field.degree)
        element = home.space.ufl_element()
        element = element.sub_elements[0] if element.reference_value_shape else element
        make = fd.VectorFunctionSpace if shape else fd.FunctionSpace
        space = make(home.mesh, element, dim=shape[0]) if shape else make(home.mesh, element)
        component = Component(field, 0, home.blocks, home.mesh, space, Constant(1.0), Constant(0.0), Constant(1.0))
        self._functions[name] = function = unknowns.add(component)
        u, v = fd.TrialFunction(space), fd.TestFunction(space)
        degree = degree_of_points(self.model.dimension, field.order)
        loads = []
        for each in self.model.common_blocks(expression, home.blocks):
            expanded = self.model.expand(expression, each)
            site = Site("dx", home.mesh, {None: each}, degree=degree)
            lowered = self.forms.lower(expanded, site)
            where = self.forms.measure(site, (self.forms.meshes.block_label(each),), lowered.meshes)
            loads.append(ufl.inner(flat(lowered.expression), v) * where)
        mass = ufl.inner(u, v) * fd.dx(domain=home.mesh, metadata={"quadrature_degree": degree})
        problem = fd.LinearVariationalProblem(mass, sum(loads[1:], loads[0]), function, constant_jacobian=True)
        self._solvers[name] = fd.LinearVariationalSolver(problem, solver_parameters=_MASS)
        return component
