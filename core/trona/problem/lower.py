"""Lowering: symbols become Firedrake functions, constants and geometry at a site of integration."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from math import factorial
from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction
from ufl.domain import extract_domains

from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol, RateSymbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.problem.inputs import Inputs
    from trona.problem.meshes import Meshes
    from trona.problem.site import Site
    from trona.problem.unknowns import Component, Unknowns


@dataclass(frozen=True, eq=False)
class Lowered:
    """An expression of Firedrake's at a site, and the meshes that its parts live on, in the order of their use."""

    expression: Any
    meshes: tuple[Any, ...] = ()

    def map(self, make: Callable[..., Any], *more: Lowered) -> Lowered:
        """Return what `make` makes of this expression and of more, with the meshes of all."""
        meshes = dict.fromkeys(chain(self.meshes, *(each.meshes for each in more)))
        return Lowered(make(self.expression, *(each.expression for each in more)), tuple(meshes))

    def seen_by(self, *meshes: Any) -> Lowered:
        """Return this with more meshes, such as the one of a test function."""
        return Lowered(self.expression, tuple(dict.fromkeys((*self.meshes, *meshes))))

    def along(self, axis: int) -> Lowered:
        """Return one component of a vector, or a scalar as it is."""
        return self.map(lambda e: e[axis]) if self.expression.ufl_shape else self


class Lowering(MultiFunction):  # type: ignore[misc]
    """Maps an expanded expression to Firedrake at one site and time level.

    Where the mesh moves, expressions are written in its present configuration and integrals are taken over the
    mesh as it was read: gradients, positions and normals are pulled back. With `moving` False they are not.
    """

    def __init__(
        self,
        site: Site,
        unknowns: Unknowns,
        inputs: Inputs,
        meshes: Meshes,
        level: int = 0,
        test: Component | None = None,
        from_reference: bool = False,
        moving: bool = True,
    ) -> None:
        super().__init__()
        self.site, self.unknowns, self.inputs, self.meshes = site, unknowns, inputs, meshes
        self.level, self.test, self.from_reference = level, test, from_reference
        self.motion = unknowns.motion if moving else None
        self._used: dict[Any, None] = {}

    def lower(self, expression: Any) -> Lowered:
        """Return an expression of symbols as one of Firedrake's, with the meshes that it needs."""
        return self.result(self.apply(expression))

    def result(self, expression: Any) -> Lowered:
        """Return an expression that was made of what is known here, with the meshes that this has needed so far."""
        return Lowered(expression, tuple(self._used))

    def apply(self, expression: Any) -> Any:
        return map_expr_dag(self, ufl.as_ufl(expression))

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        if isinstance(o, FieldSymbol):
            component, value = self._value(o)
            value = self._on_side(component, value, o.side)
            return value - self._carried(o) if self._rests(o) else value
        if isinstance(o, InputSymbol):
            return self.inputs.coefficient(o, self.site, self.level)
        if isinstance(o, GeometrySymbol):
            return self._geometry(o)
        return o

    def grad(self, o: Any) -> Any:
        (operand,) = o.ufl_operands
        if isinstance(operand, FieldSymbol):
            component, value = self._value(operand)
            if component.points or component.field.order == 0:
                return ufl.zero(o.ufl_shape)  # there is no way along a point, nor along a cell of one value
            slope = self._slope(component, value, operand.side)
            return self.present(slope, operand.side, along=component.field.kind == "surface")
        lowered = self.apply(operand)
        if not extract_domains(lowered):
            return ufl.zero(*operand.ufl_shape, o.ufl_shape[-1])
        return self.present(ufl.grad(lowered), None)

    def div(self, o: Any) -> Any:
        # By the gradient, which knows how the mesh moves.
        gradient = ufl.grad(o.ufl_operands[0])
        gradient = self.grad(gradient) if gradient.ufl_operands else gradient
        i = ufl.indices(len(o.ufl_shape))
        j = ufl.indices(1)
        traced = gradient[(*i, *j, *j)]
        return ufl.as_tensor(traced, i) if i else traced

    def _slope(self, component: Component, value: Any, side: Any) -> Any:
        """Return the gradient of a component's value, in the mesh as it was read."""
        gradient = ufl.grad(value)
        if not self._inside(component):
            return gradient
        return self._picked(component, gradient, side)

    def _on_side(self, component: Component, value: Any, side: Any) -> Any:
        """Return a component's value on a side of this site; what jumps between cells has two inside its mesh."""
        if not self._inside(component):
            return value
        jumps = component.field.declaration.element != "continuous"
        return self._picked(component, value, side) if jumps else value("+")

    def _picked(self, component: Component, value: Any, side: Any) -> Any:
        """Return what an expression is on a side of facets inside the mesh of a component."""
        if self.site.between:
            return self._in_cell(component.mesh, value, side)
        # Inside the mesh '+' is either side: a marker of the wanted block picks the right one.
        marker = self.inputs.marker(component.mesh, self.site.sides[side])
        parts = (marker(at) * value(at) for at in "+-")
        return self.unknowns.shared(("side", marker, value), lambda: sum(parts))

    def _in_cell(self, mesh: Any, value: Any, side: Any) -> Any:
        """Return what an expression on a mesh is in the cell on a side of the facets between cells."""
        at, other = ("+", "-") if side == "minus" else ("-", "+")
        if mesh is self.site.mesh:
            return value(at)
        # Another mesh has an order of its own of the two cells, by which its normal points.
        same = ufl.gt(ufl.dot(fd.FacetNormal(mesh)("+"), fd.FacetNormal(self.site.mesh)("+")), 0)
        key = ("cell", self.site.mesh, at, value)
        return self.unknowns.shared(key, lambda: ufl.conditional(same, value(at), value(other)))

    def _value(self, symbol: FieldSymbol) -> tuple[Component, Any]:
        block = self.site.sides.get(symbol.side, "")
        component = self.unknowns.find(symbol.name, block)
        self._used[component.mesh] = None
        if not isinstance(symbol, RateSymbol):
            return component, self.unknowns.value(component, self.level, self.from_reference)
        return component, self.unknowns.rate(component, self.inputs.rates)

    # ------------------------------------------------------------------ the moving mesh

    def _rests(self, symbol: Any) -> bool:
        """Whether a symbol is the rate of something whose matter the mesh moves through."""
        if self.motion is None or not isinstance(symbol, RateSymbol) or symbol.name == self.motion.field.name:
            return False
        if self.unknowns.model.fields[symbol.name].kind == "global":
            return False  # one number, wherever the mesh is
        return self.site.sides.get(symbol.side, "") in self.motion.resting

    def _carried(self, symbol: Any) -> Any:
        """Return what the rate along the moving mesh has besides that at a point of matter."""
        assert self.motion is not None
        still = self.unknowns.model.field_symbol(symbol.name, symbol.side, self.site.sides[symbol.side])
        return ufl.dot(self.grad(ufl.grad(still)), self.apply(self.motion.velocity(symbol.side)))

    def displacement(self, side: Any) -> Any:
        """Return by how much the mesh has moved, as a vector."""
        assert self.motion is not None
        component, value = self._value(self.motion.symbol(side))
        return self.motion.vector(value("+") if self._inside(component) else value)

    def deformation(self, side: Any) -> Any:
        """Return the gradient of the present positions by those in the mesh as it was read."""
        assert self.motion is not None
        component, value = self._value(self.motion.symbol(side))
        slope = self._slope(component, value, side)
        return ufl.Identity(self.motion.dimension) + self.motion.gradient(slope)

    def present(self, gradient: Any, side: Any = None, along: bool = False) -> Any:
        """Return a gradient by present positions, of one in the mesh as it was read.

        along: whether it is that of something that is known on these facets only, and lies in them.
        """
        if self.motion is None:
            return gradient
        found = ufl.dot(gradient, ufl.inv(self.deformation(self._some(side))))
        if not along:
            return found
        n = self.normal()
        return found - ufl.outer(ufl.dot(found, n), n) if found.ufl_shape[:-1] else found - ufl.dot(found, n) * n

    def _some(self, side: Any) -> Any:
        """Return a side for what is the same on both, or has none."""
        return side if side in self.site.sides else next(iter(self.site.sides), None)

    def taken_back(self, vector: Any, is_flux: bool) -> Lowered:
        """Return a vector of symbols in cells by the mesh as it was read: of a flux what passes there, else the slope.

        The product of both is that of the vectors, per unit of this mesh.
        """
        found = self.apply(vector)
        if self.motion is not None:
            F = self.deformation(None)
            found = ufl.dot(ufl.inv(F) if is_flux else ufl.transpose(F), found)
        if is_flux and (weight := self.weight()) is not None:
            found = weight * found
        return self.result(found)

    def weight(self) -> Any:
        """Return what one unit of the mesh's volume (or area) stands for; None where that is itself."""
        factors = []
        coordinates = self.unknowns.coordinates
        if coordinates.turns:
            factors.append(coordinates.stands_for(self._geometry(coordinates.position)[0]))
        if self.motion is not None:
            side = self._some(None)
            F = self.deformation(side)
            if self.site.is_volume:
                factors.append(ufl.det(F))
            else:
                stretched = ufl.dot(ufl.transpose(ufl.inv(F)), self._outward())
                factors.append(abs(ufl.det(F)) * ufl.sqrt(ufl.dot(stretched, stretched)))
        return factors[0] * factors[1] if len(factors) == 2 else factors[0] if factors else None

    def _inside(self, component: Component) -> bool:
        return self.site.spans(component)

    def _geometry(self, symbol: GeometrySymbol) -> Any:
        mesh = self.site.mesh
        if symbol.name == "t":
            return self.inputs.time(self.level)
        if symbol.name == "x":
            x = fd.SpatialCoordinate(mesh)
            x = x("+") if self.site.kind == "dS" else x
            return x if self.motion is None else x + self.displacement(self._some(None))
        if symbol.name == "v":
            assert self.test is not None
            self._used[self.test.mesh] = None
            return self.unknowns.test(self.test)
        return self._size() if symbol.name == "h" else self.normal()

    def _size(self) -> Any:
        """Return the size of the cells as they are now; see `ModelView.cell_size`."""
        site = self.site
        if site.is_volume:
            dimension = site.mesh.topological_dimension
            volume = factorial(dimension) * ufl.CellVolume(site.mesh)
            stretch = 1 if self.motion is None else abs(ufl.det(self.deformation(None)))
            return (volume * stretch) ** (1 / dimension)
        heights = [self._height(side) for side in site.sides]
        return heights[0] if len(heights) == 1 else 2 / sum(1 / height for height in heights)

    def _height(self, side: Any) -> Any:
        """Return the height of the cell on a side over a facet."""
        inside = self.site.kind == "dS" and (self.site.between or side is None)
        on_cells = self.site.mesh.topological_dimension == self.site.mesh.geometric_dimension
        mesh = self.site.mesh if inside or (side is None and on_cells) else self.meshes.on((self.site.sides[side],))
        self._used[mesh] = None
        at = ("-" if side == "plus" else "+") if inside else None
        # Over a mesh of facets these are its cells.
        volume, area = ufl.CellVolume(mesh), (ufl.FacetArea(mesh) if on_cells else ufl.CellVolume(self.site.mesh))
        if at is not None:
            volume, area = volume(at), area(at)
        dimension = mesh.topological_dimension
        height = volume if dimension == 1 else dimension * volume / area
        if self.motion is None:
            return height
        turned = ufl.dot(ufl.transpose(ufl.inv(self.deformation(side))), self._outward())
        return height / ufl.sqrt(ufl.dot(turned, turned))

    def normal(self) -> Any:
        """Return the unit normal out of the block, or from minus to plus."""
        if self.motion is None:
            return self._outward()
        turned = ufl.dot(ufl.transpose(ufl.inv(self.deformation(self._some(None)))), self._outward())
        return self.unknowns.shared(("normal", turned), lambda: turned / ufl.sqrt(ufl.dot(turned, turned)))

    def _outward(self) -> Any:
        """Return the normal out of the block, or from minus to plus, in the mesh as it was read."""
        if self.site.is_rim:
            return self.meshes.facet_normal(self.site.mesh, self.site.main_block)
        mesh, side = self.site.normal_mesh(self.meshes)
        self._used[mesh] = None
        n = fd.FacetNormal(mesh)
        if side == "inside":
            if "minus" not in self.site.sides or self.site.between:
                return n("+")  # of cells of one block; elsewhere only its length will matter
            marker = self.inputs.marker(mesh, self.site.sides["minus"])
            return (marker("+") - marker("-")) * n("+")
        return -n if side == "plus" else n
