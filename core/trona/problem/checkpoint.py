"""The state of a problem as plain arrays, one piece per rank, which any number of ranks can take up again."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from trona.deck.layout import FLAG, Array, Layout, Named, Number
from trona.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component

_MIX = np.uint64(0x9E3779B97F4A7C15)
"""An odd number with evenly spread bits: products with its powers spread rows evenly over the ranks."""


class StateKeeper:
    """Takes the state of a problem apart into a head and one piece per rank, and puts the pieces of any ranks back.

    Values are kept per cell, and cells are known by their vertices' coordinates, which are the same numbers on every
    rank and in every distribution; the nodes of a cell are ordered by their weights to its vertices. No rank ever has
    more than its own piece and one other. Making a keeper is collective and raises UserError when two cells of a mesh
    lie on each other.
    """

    HEAD: ClassVar[Layout] = {
        "components": Named({"scale": Number(above=0), "reference": Number(), "row": Number(above=0)}),
        "scaled": FLAG,
        "times": [Number()],
        "rates": [Number()],
    }
    """Of what `head` returns."""
    PIECE: ClassVar[Layout] = {"cells": Named(Array((None, None))), "values": Named(Array())}
    """Of what `piece` returns."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._cells: dict[Any, _Cells] = {}
        self._nodes: list[Any] = []
        for component in problem.unknowns.components:
            if _is_number(component):
                self._nodes.append(None)
                continue
            if component.mesh not in self._cells:
                self._cells[component.mesh] = _Cells(component.label, component.mesh, problem.comm)
            self._nodes.append(self._cells[component.mesh].nodes(component.space))

    def head(self) -> dict[str, Any]:
        """Return what every rank has of the state: scales, times and rates."""
        inputs = self.problem.inputs
        return {
            "components": {
                c.label: {"scale": float(c.scale), "reference": float(c.reference), "row": float(c.row)}
                for c in self.problem.unknowns.components
            },
            "scaled": self.problem.newton.scaled,
            "times": list(inputs.times),
            "rates": [float(rate) for rate in inputs.rates],
        }

    def piece(self) -> dict[str, Any]:
        """Return the cells of this rank and the values in them.

        cells: per mesh, named after the first component on it, the coordinates of vertices: (cells, vertices and axes).
        values: per component (levels, cells, nodes, ...), or (levels,) of a number.
        """
        unknowns = self.problem.unknowns
        values = {}
        for component, nodes in zip(unknowns.components, self._nodes, strict=True):
            parts = [state.subfunctions[component.index].dat for state in unknowns.states]
            if nodes is None:
                values[component.label] = np.array([float(part.data_ro[0]) for part in parts])
            else:
                own = nodes[self._cells[component.mesh].own]
                values[component.label] = np.stack([part.data_ro_with_halos[own] for part in parts])
        return {"cells": {each.label: each.keys[each.own] for each in self._cells.values()}, "values": values}

    def spread(self, head: dict[str, Any] | None, pieces: Iterator[dict[str, Any]]) -> None:
        """Give the problem the state of a head and of pieces, which are needed on the first rank only. Collective.

        Raises UserError when the state is that of other unknowns, or when not all pieces are there.
        """
        problem, comm = self.problem, self.problem.comm
        head = comm.bcast(head)
        assert head is not None
        self._refuse_other(head)
        for component in problem.unknowns.components:
            sizes = head["components"][component.label]
            for name in ("scale", "reference", "row"):  # a file that anyone can edit may name anything else
                getattr(component, name).assign(sizes[name])
        for each in self._cells.values():
            each.missing = np.ones(len(each.keys), dtype=bool)
        while (piece := self._next(pieces)) is not None:
            self._take(piece)
        if comm.allreduce(any(each.missing.any() for each in self._cells.values()), op=_either()):
            raise UserError("the checkpoint does not hold all cells of the mesh")
        problem.newton.scaled = head["scaled"]
        problem.inputs.set_times(head["times"])
        for constant, rate in zip(problem.inputs.rates, head["rates"], strict=True):
            constant.assign(rate)

    def _next(self, pieces: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
        """Return the next piece on every rank, None after the last. Raises UserError, on every rank."""
        found: Any = None
        if self.problem.comm.rank == 0:
            try:
                found = next(pieces, None)
                if found is not None:
                    self._refuse_other_piece(found)
            except UserError as error:
                found = error
        found = self.problem.comm.bcast(found)
        if isinstance(found, UserError):
            raise found
        return found  # type: ignore[no-any-return]

    def _take(self, piece: dict[str, Any]) -> None:
        """Take over the values of those cells of a piece that this rank has, those of its halo among them."""
        unknowns = self.problem.unknowns
        shared = {mesh: each.shared(piece["cells"][each.label]) for mesh, each in self._cells.items()}
        for component, nodes in zip(unknowns.components, self._nodes, strict=True):
            values = piece["values"][component.label]
            for level, state in enumerate(unknowns.states):
                part = state.subfunctions[component.index].dat
                if nodes is None:
                    part.data[:] = values[level]
                else:
                    here, there = shared[component.mesh]
                    part.data_with_halos[nodes[here]] = values[level][there]

    def _refuse_other(self, head: dict[str, Any]) -> None:
        """Raise UserError unless this is the head of a state of the problem."""
        inputs = self.problem.inputs
        for name, own in (("times", inputs.times), ("rates", inputs.rates)):
            if len(head[name]) != len(own):
                raise UserError(f"the checkpoint holds {len(head[name])} {name}, but the deck has {len(own)}")
        self._refuse_names(head["components"])

    def _refuse_names(self, kept: Iterable[str]) -> None:
        labels = [c.label for c in self.problem.unknowns.components]
        if sorted(labels) != sorted(kept):
            raise UserError(
                f"the checkpoint holds {', '.join(sorted(kept))}, but the deck solves for {', '.join(labels)}"
            )

    def _refuse_other_piece(self, piece: dict[str, Any]) -> None:
        """Raise UserError unless this is a piece of a state of the problem. On the first rank."""
        unknowns = self.problem.unknowns
        self._refuse_names(piece["values"])
        for each in self._cells.values():
            cells = piece["cells"].get(each.label, np.empty((0, 0)))
            if cells.shape[1] != each.keys.shape[1]:
                raise UserError(f"the checkpoint holds other cells of {each.label} than the deck has")
        for component, nodes in zip(unknowns.components, self._nodes, strict=True):
            shape: tuple[int, ...] = (len(unknowns.states),)
            if nodes is not None:
                count = len(piece["cells"][self._cells[component.mesh].label])
                # A vector in one dimension has values without an axis of its own.
                own = unknowns.states[0].subfunctions[component.index].dat.shape[1:]
                shape += (count, nodes.shape[1], *own)
            found = piece["values"][component.label].shape
            if found != shape:
                raise UserError(f"the checkpoint holds {found} values of {component.label}, but the deck has {shape}")


class _Cells:
    """The cells of a mesh, known by the coordinates of their vertices. label: of the first component on the mesh."""

    def __init__(self, label: str, mesh: Any, comm: Any) -> None:
        self.label = label
        corners = mesh.coordinates.function_space().cell_node_list
        # Adding zero makes -0.0 and 0.0 one number.
        points = mesh.coordinates.dat.data_ro_with_halos.reshape(-1, mesh.geometric_dimension)[corners] + 0.0
        self._order = np.lexsort([points[..., axis] for axis in reversed(range(points.shape[2]))], axis=-1)
        """Per cell its vertices, ordered by their coordinates."""
        keys = np.take_along_axis(points, self._order[:, :, None], axis=1)
        # Of every cell, halo included, the coordinates of its vertices; a rank may have no cell.
        self.keys = keys.reshape(len(points), points.shape[1] * points.shape[2])
        owned = self.keys[: mesh.cell_set.size]
        self.own = np.argsort(_places(owned), kind="stable")
        """The cells of this rank without its halo, in an order that does not depend on their numbers."""
        self.missing = np.ones(len(self.keys), dtype=bool)
        """The cells whose values no piece has brought."""
        if comm.allreduce(_has_twice(owned, comm), op=_either()):
            raise UserError("cells of the mesh lie on each other: no checkpoint is possible; set checkpoint.keep to 0")

    def nodes(self, space: Any) -> NDArray[np.int64]:
        """Return the local nodes of every cell, halo included, in an order that all distributions share."""
        weights = _weights(space)
        orders = {
            vertices: np.lexsort(weights[:, list(vertices)].T[::-1])
            for vertices in itertools.permutations(range(weights.shape[1]))
        }
        first = weights[orders[tuple(range(weights.shape[1]))]]
        if not all((weights[order][:, list(v)] == first).all() for v, order in orders.items()):
            raise NotImplementedError(f"a checkpoint of {space.ufl_element()}: its nodes are not symmetric")
        own = space.cell_node_list
        kinds, kind = np.unique(self._order, axis=0, return_inverse=True)
        table = np.array([orders[tuple(v)] for v in kinds.tolist()], dtype=np.int64)
        table = table.reshape(len(kinds), own.shape[1])[kind.ravel()]
        return np.asarray(np.take_along_axis(own, table, axis=1), dtype=np.int64)

    def shared(self, keys: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the local cells that have these keys, and the rows of their keys."""
        places = _places(np.concatenate([keys, self.keys]))
        rows = np.full(len(places), -1)
        rows[places[: len(keys)]] = np.arange(len(keys))
        there = rows[places[len(keys) :]]
        here = np.flatnonzero(there >= 0)
        self.missing[here] = False
        return here, there[here]


def _has_twice(rows: NDArray[np.float64], comm: Any) -> bool:
    """Return whether of rows of all ranks two of those that come to this one are equal. Collective."""
    words = np.ascontiguousarray(rows).view(np.uint64)
    with np.errstate(over="ignore"):
        mixed = (words * _MIX ** np.arange(1, words.shape[1] + 1, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    to = (mixed >> np.uint64(32)) % np.uint64(comm.size)  # equal rows go to one rank
    here = np.concatenate(comm.alltoall([rows[to == rank] for rank in range(comm.size)]))
    return int(_places(here).max(initial=-1)) + 1 < len(here)


def _places(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each row its place among the different rows, in lexicographic order."""
    order = np.lexsort(rows.T[::-1])
    new = (np.diff(rows[order], axis=0) != 0).any(axis=1)
    places = np.empty(len(rows), dtype=np.int64)
    places[order] = np.concatenate([[0], np.cumsum(new)])[: len(rows)]
    return places


def _weights(space: Any) -> NDArray[np.float64]:
    """Return the barycentric coordinates of the nodes of a space's cells, rounded: (nodes, vertices)."""
    element = space.finat_element
    dual = getattr(element, "base_element", element).fiat_equivalent.dual_basis()
    points = [list(node.get_point_dict()) for node in dual]
    if any(len(p) != 1 for p in points):
        raise NotImplementedError(f"a checkpoint of {space.ufl_element()}: its unknowns are no point values")
    inner = np.array([p[0] for p in points], dtype=float)
    return np.round(np.column_stack([1 - inner.sum(axis=1), inner]), 9) + 0.0


def _is_number(component: Component) -> bool:
    return bool(component.space.ufl_element().family() == "Real")


def _either() -> Any:
    from mpi4py import MPI

    return MPI.LOR
