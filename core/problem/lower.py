"""Lowering: symbols become Firedrake functions, constants and geometry at a site of integration."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field
from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl
from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol, RateSymbol
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction
from ufl.domain import extract_domains

if TYPE_CHECKING:
    from trona.problem.inputs import Inputs
    from trona.problem.meshes import Meshes
    from trona.problem.unknowns import Component, Unknowns


@dataclass(eq=False)
class Site:
    """Where an integral is taken: `kind` dx, ds or dS over `mesh`, which other meshes see as `others`.

    sides maps None (a block, or the block at a boundary) or 'minus'/'plus' (an interface) to blocks.
    normal_side: the side of the interface that `mesh` is on. blockwise: whether `mesh` has several blocks.
    """

    kind: str
    mesh: Any
    sides: dict[Any, str]
    normal_side: Any = None
    blockwise: bool = False
    used: dict[Any, None] = _field(default_factory=dict)

    def spans(self, component: Component) -> bool:
        """Whether the component's mesh holds both sides of this interface, so that its facets lie inside."""
        blocks = set(self.sides.values())
        return None not in self.sides and bool(component.blocks) and blocks <= set(component.blocks)


class Lowering(MultiFunction):  # type: ignore[misc]
    """Maps an expanded expression to Firedrake at one site and time level, noting the meshes it uses."""

    def __init__(
        self,
        site: Site,
        unknowns: Unknowns,
        inputs: Inputs,
        meshes: Meshes,
        level: int = 0,
        test: Component | None = None,
        from_reference: bool = False,
    ) -> None:
        super().__init__()
        self.site, self.unknowns, self.inputs, self.meshes = site, unknowns, inputs, meshes
        self.level, self.test, self.from_reference = level, test, from_reference

    def apply(self, expression: Any) -> Any:
        return map_expr_dag(self, ufl.as_ufl(expression))

    expr = MultiFunction.reuse_if_untouched

    def coefficient(self, o: Any) -> Any:
        if isinstance(o, FieldSymbol):
            component, value = self._value(o)
            return value("+") if self._inside(component) else value
        if isinstance(o, InputSymbol):
            return self.inputs.coefficient(o, self.site, self.level)
        if isinstance(o, GeometrySymbol):
            return self._geometry(o)
        return o

    def grad(self, o: Any) -> Any:
        (operand,) = o.ufl_operands
        if isinstance(operand, FieldSymbol):
            component, value = self._value(operand)
            gradient = ufl.grad(value)
            if not self._inside(component):
                return gradient
            # Inside the mesh '+' is either side: a marker of the wanted block picks the right one.
            marker = self.inputs.marker(component.mesh, self.site.sides[operand.side])
            return marker("+") * gradient("+") + marker("-") * gradient("-")
        lowered = self.apply(operand)
        if not extract_domains(lowered):
            return ufl.zero(*operand.ufl_shape, o.ufl_shape[-1])
        return ufl.grad(lowered)

    def _value(self, symbol: FieldSymbol) -> tuple[Component, Any]:
        component = self.unknowns.find(symbol.name, self.site.sides.get(symbol.side, ""))
        self.site.used[component.mesh] = None
        if isinstance(symbol, RateSymbol):
            weights = enumerate(self.inputs.rates)
            return component, sum(a * self.unknowns.value(component, k, from_reference=True) for k, a in weights)
        return component, self.unknowns.value(component, self.level, self.from_reference)

    def _inside(self, component: Component) -> bool:
        return self.site.spans(component)

    def _geometry(self, symbol: GeometrySymbol) -> Any:
        mesh = self.site.mesh
        if symbol.name == "t":
            return self.inputs.time(self.level)
        if symbol.name == "x":
            x = fd.SpatialCoordinate(mesh)
            return x("+") if self.site.kind == "dS" else x
        if symbol.name == "v":
            assert self.test is not None
            self.site.used[self.test.mesh] = None
            return self.unknowns.test(self.test)
        n = fd.FacetNormal(mesh)
        if self.site.kind == "dS":
            marker = self.inputs.marker(mesh, self.site.sides["minus"])
            return (marker("+") - marker("-")) * n("+")
        return -n if self.site.normal_side == "plus" else n
