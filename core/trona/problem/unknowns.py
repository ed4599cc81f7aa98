"""The unknowns: each continuous piece of each field is one function of one mixed space (or alone, of its own)."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl

from trona.model.unknown import field_pieces
from trona.problem.constant import Constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.model import Model
    from trona.model.laws import Patch
    from trona.model.unknown import Unknown
    from trona.problem.meshes import Meshes


@dataclass(eq=False)
class Component:
    """One function of the mixed space: a field on one of its pieces (or an interface, or a global number).

    blocks: of the piece; of a field on a boundary the one beside it there, of one at an interface none.
    The physical value is reference + scale * (function); residual rows are divided by `row`.
    points: labels of the facets on which it lives, where these are points of a line; its mesh has then the cells of the
    block `beside` that end there, and its function one value in each.
    """

    field: Unknown
    index: int
    blocks: tuple[str, ...]
    mesh: Any
    space: Any
    scale: Any
    reference: Any
    row: Any
    points: tuple[int, ...] = ()
    beside: str = ""

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def region(self) -> str:
        """Where it lives: 'lower+upper', 'lower | upper', 'top of upper'; '' for a number."""
        joined = "+".join(self.blocks)
        return " of ".join(part for part in (self.field.interface, joined) if part)

    @property
    def label(self) -> str:
        return f"{self.name} ({self.region})" if self.region else self.name

    def measure(self, degree: int | None = None) -> Any:
        """Return the measure over where it lives; degree: of the quadrature."""
        how = {} if degree is None else {"quadrature_degree": degree}
        if self.points:
            return fd.ds(domain=self.mesh, subdomain_id=self.points, metadata=how)
        return fd.dx(domain=self.mesh, metadata=how)

    def interpolate(self, expression: Any, function: Any) -> None:
        """Set a function of its space to an expression on its mesh."""
        if not self.points:
            function.interpolate(expression)
            return
        test = fd.TestFunction(function.function_space())
        found = fd.assemble(ufl.inner(expression, test) * self.measure())
        function.dat.data[...] = found.dat.data_ro

    def places(self) -> Any:
        """Return where its nodes are in the mesh as it was read, (nodes, dimension), of this rank, halo included."""
        element = self.space.ufl_element()
        x = fd.Function(fd.VectorFunctionSpace(self.mesh, element.sub_elements[0] if self.field.shape else element))
        self.interpolate(fd.SpatialCoordinate(self.mesh), x)
        return x.dat.data_ro_with_halos.reshape(-1, self.mesh.geometric_dimension)


class Unknowns:
    """The mixed space with its present and past states.

    `states[0]` is solved for; `states[1:]` are the values of earlier time levels, newest first.
    """

    LEVELS = 4

    def __init__(self, model: Model, meshes: Meshes) -> None:
        self.model, self.motion, self.coordinates = model, model.motion, model.coordinates
        self.components: list[Component] = []
        spaces: list[Any] = []
        for _, field in sorted(model.fields.items()):
            for blocks, mesh, space, *at in _spaces(field, model, meshes):
                scale, reference, row = (Constant(v) for v in (field.scale, field.reference, 1.0))
                component = Component(field, len(spaces), blocks, mesh, space, scale, reference, row, *at)
                self.components.append(component)
                spaces.append(space)
        # Firedrake cannot solve in a mixed space of one vector space.
        self._alone = len(spaces) == 1
        self.space = spaces[0] if self._alone else fd.MixedFunctionSpace(spaces)
        self.states = [fd.Function(self.space) for _ in range(self.LEVELS)]
        self.tests = (fd.TestFunction(self.space),) if self._alone else fd.TestFunctions(self.space)
        self._splits = [[state] if self._alone else list(fd.split(state)) for state in self.states]
        self._shared: dict[Any, Any] = {}

    def reading(self) -> Unknowns:
        """Return a view whose values are the functions of the pieces themselves.

        Forms solved for must take their parts from the mixed function; what only reads the state is simpler, and
        can be interpolated, without it.
        """
        view = copy.copy(self)
        view.components = list(self.components)
        view._splits = [list(state.subfunctions) for state in self.states]
        view._shared = {}
        return view

    def add(self, component: Component) -> Any:
        """Give a view a component that is not solved for, and return its function; it has no past."""
        function = fd.Function(component.space)
        component.index = len(self._splits[0])
        self.components.append(component)
        for split in self._splits:
            split.append(function)
        return function

    def space_of(self, component: Component) -> Any:
        """Return a component's part of the space in which is solved."""
        return self.space if self._alone else self.space.sub(component.index)

    def shared(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return the expression made first for a key.

        Made again it would have new indices, and UFL would take it for another: forms would grow by each copy.
        """
        if key not in self._shared:
            self._shared[key] = make()
        return self._shared[key]

    def value(self, component: Component, level: int = 0, from_reference: bool = False) -> Any:
        """Return the physical value of a component at a time level, as UFL, or its distance from the reference."""
        raw = self._splits[level][component.index]
        scaled = self.shared(("value", raw), lambda: component.scale * raw)
        return scaled if component.field.shape or from_reference else component.reference + scaled

    def rate(self, component: Component, weights: list[Any]) -> Any:
        """Return the rate of a component's physical value, as UFL, from the weights of its time levels."""
        parts = (a * self.value(component, k, from_reference=True) for k, a in enumerate(weights))
        return self.shared(("rate", component, *weights), lambda: sum(parts))

    def test(self, component: Component) -> Any:
        """Return the test function of a component, divided by the scale of its residual rows."""
        return self.shared(("test", component), lambda: self.tests[component.index] / component.row)

    def find(self, name: str, block: str = "") -> Component:
        """Return the component of a field in a block."""
        for component in self.components:
            if component.name == name and (not block or not component.blocks or block in component.blocks):
                return component
        raise KeyError((name, block))

    def of(self, name: str) -> list[Component]:
        return [c for c in self.components if c.name == name]


def _spaces(field: Unknown, model: Model, meshes: Meshes) -> list[tuple[Any, ...]]:
    """Return of each component of a field its blocks, mesh and space, and its points and the block beside them."""
    if field.kind == "global":
        first = next(c for c in model.integral_constraints if c.unknown is field)
        mesh = meshes.on(_primary_blocks(first.patches[0], model))
        return [((), mesh, fd.FunctionSpace(mesh, "R", 0))]
    family, degree = "CG" if field.declaration.element == "continuous" else "DG", field.order

    def make(mesh: Any, family: str = family, degree: int = degree) -> Any:
        if not field.shape:
            return fd.FunctionSpace(mesh, family, degree)
        return fd.VectorFunctionSpace(mesh, family, degree, dim=field.shape[0])

    if field.law is not None:
        found: list[tuple[Any, ...]] = []
        for patch in field.law.patches:
            blocks = (patch.block,) if patch.block else ()
            if model.dimension > 1:
                mesh = meshes.surface(patch.sets)
                found.append((blocks, mesh, make(mesh)))
            else:
                mesh, beside = meshes.ending_at(patch.sets, patch.sides.values())
                found.append((blocks, mesh, make(mesh, "DG", 0), meshes.facet_labels(patch.sets), beside))
        return found
    return [(blocks, mesh, make(mesh)) for blocks in field_pieces(field, model.mesh) for mesh in [meshes.on(blocks)]]


def _primary_blocks(patch: Patch, model: Model) -> tuple[str, ...]:
    """Return the piece of some field that ends at an interface, where its integrals are taken; else all blocks."""
    sides = patch.sides
    if None in sides:
        return tuple(model.mesh.blocks)
    for _, field in sorted(model.fields.items()):
        if field.kind == "volume":
            for piece in field_pieces(field, model.mesh):
                if (sides["minus"] in piece) != (sides["plus"] in piece):
                    return piece
    return tuple(model.mesh.blocks)
