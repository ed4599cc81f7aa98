"""Values of expressions at the nodes of every cell of a block, or of every facet of an interface or boundary."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import ufl
from FIAT import create_quadrature
from finat.point_set import PointSet
from finat.quadrature import QuadratureRule
from firedrake.assemble import get_assembler
from firedrake.interpolation import get_interpolator

from trona.problem.polynomial import evaluated
from trona.readings.extremes import extremes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trona.problem.forms import Forms
    from trona.problem.site import Site


class Sampler:
    """Gives the values, on this rank, of an expression at the nodes of cells.

    degree: of the polynomial that it is in each cell; None if it is none. `function` holds the values after `update`;
    they count in `cells` only, if these are given. before: brings up to date what the expression reads besides the
    unknowns.
    """

    function: Any
    cells: Any = None
    degree: int | None = None
    before: Callable[[], None] | None = None

    def update(self) -> None:
        if self.before is not None:
            self.before()
        self._evaluate()

    def _evaluate(self) -> None:
        raise NotImplementedError

    def values(self) -> Any:
        """Return the present values at the nodes of each cell on this rank, (cells, nodes)."""
        self.update()
        nodes = self.function.function_space().cell_node_list
        return self.function.dat.data_ro_with_halos[nodes if self.cells is None else nodes[self.cells]]

    def extremes(self) -> tuple[float, float]:
        """Return the least and the greatest value on this rank; (inf, -inf) if it has no cell."""
        return extremes(self.values(), self.barycentric, self.degree)

    @cached_property
    def barycentric(self) -> Any:
        """The barycentric coordinates of the nodes of a cell."""
        rest = node_places(self.function.function_space())
        return np.column_stack([1 - rest.sum(axis=1), rest])


class Interpolation(Sampler):
    """Of an expression that is known on the mesh of the space."""

    def __init__(self, expression: Any, space: Any, degree: int | None, cells: Any) -> None:
        self.function, self.cells, self.degree = fd.Function(space), cells, degree
        self._how = fd.interpolate(evaluated(expression), space)

    def _evaluate(self) -> None:
        self._interpolate()

    @cached_property
    def _interpolate(self) -> Callable[[], object]:
        """What sets the function; kept, because to prepare it takes longer than to do it."""
        found: Callable[[], object] = get_interpolator(self._how)._get_callable(tensor=self.function)
        return found


class AtItsPoints(Interpolation):
    """Of the polynomial through the values of an expression at points of a cell: these values.

    degree: of the rule that has these points.
    """

    def __init__(self, expression: Any, space: Any, cells: Any, degree: int) -> None:
        super().__init__(expression, space, None, cells)
        element = nodal_element(space)
        points = create_quadrature(element.ref_el, degree).get_points()
        self._hats = element.tabulate(0, points)[(0,) * points.shape[1]]

    def values(self) -> Any:
        return super().values() @ self._hats


class AtNodes(Sampler):
    """Of an expression that other meshes know too, which only integrals see: by a quadrature with points at nodes."""

    def __init__(
        self,
        forms: Forms,
        expression: Any,
        site: Site,
        space: Any,
        degree: int | None,
        label: int | None = None,
        cells: Any = None,
    ) -> None:
        self.function, self.cells, self.degree = fd.Function(space), cells, degree
        points = node_places(space)
        cell = space.finat_element.cell
        rule = QuadratureRule(PointSet(points), np.full(len(points), 1 / len(points)), ref_el=cell)
        rule.ufl_signature = repr(rule)  # by which UFL tells it from others
        test = fd.TestFunction(space)
        lowered = forms.lower(expression, site)
        value = lowered.expression
        where = forms.measure(site, () if label is None else (label,), lowered.meshes, rule=rule)
        self._integral = get_assembler(ufl.inner(value, test) * where)
        size = node_sizes(space)[: space.dof_dset.size]
        # On a line a vector has one component, and its values are stored as those of a scalar.
        self._size = size.reshape(-1, *[1] * (self.function.dat.data_ro.ndim - 1))

    def _evaluate(self) -> None:
        self.function.dat.data[...] = self._integral.assemble().dat.data_ro / self._size


class AtPoints(Sampler):
    """On a line facets are points, of which Firedrake makes no mesh; the hat function there picks each value."""

    def __init__(self, forms: Forms, expression: Any, site: Site, labels: tuple[int, ...]) -> None:
        space = fd.FunctionSpace(site.mesh, "CG", 1)
        lowered = forms.lower(expression, site)
        test = fd.TestFunction(space)
        test = test("+") if site.kind == "dS" else test
        value, where = lowered.expression, forms.measure(site, labels, lowered.meshes)
        self._shape = value.ufl_shape
        parts = [value[i] for i in np.ndindex(*self._shape)] if self._shape else [value]
        self._forms = [get_assembler(part * test * where) for part in parts]
        nodes = fd.DirichletBC(space, 0, labels).nodes
        self.nodes = nodes[nodes < space.dof_dset.size]
        self.places = fd.Function(space).interpolate(fd.SpatialCoordinate(site.mesh)[0]).dat.data_ro[self.nodes]
        """Where the points on this rank lie in the mesh as read, (points,)."""
        self._found: Any = None

    def _evaluate(self) -> None:
        self._found = np.stack([form.assemble().dat.data_ro for form in self._forms], axis=-1)

    def values(self) -> Any:
        """Return the present value at each of the points on this rank, (points, 1) and the shape of the expression."""
        self.update()
        return self._found[self.nodes].reshape(-1, 1, *self._shape)

    def extremes(self) -> tuple[float, float]:
        values = self.values()
        return float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))


def nodal_space(mesh: Any, degree: int, shape: Sequence[int]) -> Any:
    """Return discontinuous elements whose nodes lie where continuous ones of that degree have theirs."""
    element = fd.FiniteElement("DG", mesh.ufl_cell(), degree, variant="equispaced")
    if not shape:
        return fd.FunctionSpace(mesh, element)
    return fd.VectorFunctionSpace(mesh, element, dim=int(np.prod(shape)))


def nodal_element(space: Any) -> Any:
    """Return FIAT's element of one component of a nodal space."""
    return nodal_space(space.mesh(), space.ufl_element().degree(), ()).finat_element.fiat_equivalent


def node_places(space: Any) -> Any:
    """Return where the nodes of a nodal space lie in the reference cell, (nodes, d)."""
    return np.array([next(iter(node.get_point_dict())) for node in nodal_element(space).dual_basis()])


def node_sizes(space: Any) -> Any:
    """Return the weight of each node of a nodal space, (nodes,), halo included, where those of a cell weigh alike.

    It is what a quadrature with points at the nodes gives the integral of the function that is 1 there.
    """
    nodes = space.cell_node_list
    sizes = np.zeros(nodes.size)
    sizes[nodes] = (stretches(space.mesh()) / nodes.shape[1])[:, None]
    return sizes


def stretches(mesh: Any) -> Any:
    """Return how much larger each cell of a mesh, as it was read, is than the reference cell, (cells,), with halo."""
    coordinates = mesh.coordinates
    points = coordinates.dat.data_ro_with_halos.reshape(-1, mesh.geometric_dimension)
    corners = points[coordinates.cell_node_map().values_with_halo]
    return _stretch(corners[:, 1:] - corners[:, :1])


def _stretch(edges: Any) -> Any:
    """Return how much larger each cell is than the reference cell, from its edges at one corner, (cells, d, dim)."""
    if edges.shape[1] == edges.shape[2]:
        return np.abs(np.linalg.det(edges))
    return np.linalg.norm(edges[:, 0] if edges.shape[1] == 1 else np.cross(edges[:, 0], edges[:, 1]), axis=1)
