"""The state of a problem as plain arrays that do not depend on how its mesh is distributed, and back."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from trona.deck.layout import FLAG, Array, Layout, Named, Number
from trona.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component


class StateKeeper:
    """Gathers the state of a problem on the first rank, and spreads one over the ranks.

    Values are kept per cell. Cells are ordered by their vertices' coordinates, which are the same numbers on every
    rank and in every distribution; the nodes of a cell by their weights to its vertices, ordered likewise.
    Making one raises UserError when two cells of a mesh lie on each other.
    """

    LAYOUT: ClassVar[Layout] = {
        "components": Named(
            {"scale": Number(above=0), "reference": Number(), "row": Number(above=0), "values": Array()}
        ),
        "scaled": FLAG,
        "times": [Number()],
        "rates": [Number()],
    }
    """Of what `gather` returns."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._cells: dict[Any, _Cells] = {}
        self._nodes: list[Any] = []
        for component in problem.unknowns.components:
            if _is_number(component):
                self._nodes.append(None)
                continue
            if component.mesh not in self._cells:
                self._cells[component.mesh] = _Cells(component.mesh, problem.comm)
            self._nodes.append(self._cells[component.mesh].nodes(component.space))

    def gather(self) -> dict[str, Any]:
        """Return the state; values only on the first rank. Values of a component: (levels, cells, nodes, ...)."""
        unknowns, inputs = self.problem.unknowns, self.problem.inputs
        components = {}
        for component, nodes in zip(unknowns.components, self._nodes, strict=True):
            parts = [state.subfunctions[component.index].dat for state in unknowns.states]
            if nodes is None:
                values = np.array([float(part.data_ro[0]) for part in parts])
            else:
                cells = self._cells[component.mesh]
                own = np.stack([part.data_ro_with_halos[nodes[: cells.owned]] for part in parts])
                values = cells.gather(own)
            components[component.label] = {
                "scale": float(component.scale),
                "reference": float(component.reference),
                "row": float(component.row),
                "values": values,
            }
        return {
            "components": components,
            "scaled": self.problem.newton.scaled,
            "times": list(inputs.times),
            "rates": [float(rate) for rate in inputs.rates],
        }

    def spread(self, state: dict[str, Any] | None) -> None:
        """Give the problem a state that `gather` returned; `state` is needed on the first rank only.

        Raises UserError when it is that of other unknowns.
        """
        problem, unknowns = self.problem, self.problem.unknowns
        wrong = self._misfit(state) if state is not None else ""
        wrong, head = problem.comm.bcast((wrong, _without_values(state)))
        if wrong:
            raise UserError(wrong)
        for component, nodes in zip(unknowns.components, self._nodes, strict=True):
            kept = head["components"][component.label]
            for name in ("scale", "reference", "row"):
                getattr(component, name).assign(kept[name])
            values = state["components"][component.label]["values"] if state is not None else None
            parts = [past.subfunctions[component.index].dat for past in unknowns.states]
            if nodes is None:
                local = problem.comm.bcast(values)
                for part, value in zip(parts, local, strict=True):
                    part.data[:] = value
            else:
                local = self._cells[component.mesh].spread(values)
                for part, value in zip(parts, local, strict=True):
                    part.data_with_halos[nodes] = value
        problem.newton.scaled = head["scaled"]
        problem.inputs.set_times(head["times"])
        for constant, rate in zip(problem.inputs.rates, head["rates"], strict=True):
            constant.assign(rate)

    def _misfit(self, state: dict[str, Any]) -> str:
        """Return what tells this state from one of the problem, or ''. On the first rank."""
        unknowns, inputs, kept = self.problem.unknowns, self.problem.inputs, state["components"]
        for name, own in (("times", inputs.times), ("rates", inputs.rates)):
            if len(state[name]) != len(own):
                return f"the checkpoint holds {len(state[name])} {name}, but the deck has {len(own)}"
        labels = [c.label for c in unknowns.components]
        if sorted(labels) != sorted(kept):
            return f"the checkpoint holds {', '.join(sorted(kept))}, but the deck solves for {', '.join(labels)}"
        for component, nodes in zip(unknowns.components, self._nodes, strict=True):
            shape: tuple[int, ...] = (len(unknowns.states),)
            if nodes is not None:
                cells = self._cells[component.mesh].count
                # A vector in one dimension has values without an axis of its own.
                own = unknowns.states[0].subfunctions[component.index].dat.shape[1:]
                shape += (cells, nodes.shape[1], *own)
            found = kept[component.label]["values"].shape
            if found != shape:
                return f"the checkpoint holds {found} values of {component.label}, but the deck has {shape}"
        return ""


class _Cells:
    """The cells of a mesh in an order that does not depend on its distribution."""

    def __init__(self, mesh: Any, comm: Any) -> None:
        self.comm, self.owned = comm, mesh.cell_set.size
        corners = mesh.coordinates.function_space().cell_node_list
        # Adding zero makes -0.0 and 0.0 one number.
        points = mesh.coordinates.dat.data_ro_with_halos.reshape(-1, mesh.geometric_dimension)[corners] + 0.0
        self._order = np.lexsort([points[..., axis] for axis in reversed(range(points.shape[2]))], axis=-1)
        """Per cell its vertices, ordered by their coordinates."""
        keys = np.take_along_axis(points, self._order[:, :, None], axis=1)
        keys = keys.reshape(len(points), points.shape[1] * points.shape[2])  # a rank may have no cell
        gathered = comm.gather((keys, self.owned))
        self._places: list[NDArray[np.int64]] = []
        """On the first rank: where each rank's cells, halo included, come in the common order."""
        self._owned: list[int] = []
        self.count = 0
        error = None
        if gathered is not None:
            places = _ranks_of(np.concatenate([k for k, _ in gathered]))
            self._places = np.split(places, np.cumsum([len(k) for k, _ in gathered])[:-1])
            self._owned = [n for _, n in gathered]
            self.count = int(places.max(initial=-1)) + 1
            if self.count != sum(self._owned):
                error = "cells of the mesh lie on each other: no checkpoint is possible; set checkpoint.keep to 0"
        error = comm.bcast(error)
        if error:
            raise UserError(error)

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

    def gather(self, own: Any) -> Any:
        """Gather (levels, cells owned, ...) as (levels, all cells, ...) on the first rank; None elsewhere."""
        parts = self.comm.gather(own)
        if parts is None:
            return None
        whole = np.empty((own.shape[0], self.count, *own.shape[2:]))
        for part, places, owned in zip(parts, self._places, self._owned, strict=True):
            whole[:, places[:owned]] = part
        return whole

    def spread(self, whole: Any) -> Any:
        """Return (levels, local cells, ...) of the array that the first rank has."""
        parts = [whole[:, places] for places in self._places] if self._places else None
        return self.comm.scatter(parts)


def _ranks_of(rows: NDArray[np.float64]) -> NDArray[np.int64]:
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


def _without_values(state: dict[str, Any] | None) -> dict[str, Any] | None:
    if state is None:
        return None
    heads = {
        label: {name: value for name, value in kept.items() if name != "values"}
        for label, kept in state["components"].items()
    }
    return {**state, "components": heads}
