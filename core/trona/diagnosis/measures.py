"""Measures of a state for the report: points in formatter, ranges of fields, imbalances by field and by term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.settings.points import locate

if TYPE_CHECKING:
    from trona.diagnosis.state import State, Transfer
    from trona.diagnosis.terms import PointTerm
    from trona.model import Model
    from trona.problem.unknowns import Component

Array = Any


@dataclass(frozen=True)
class Extreme:
    """A value, its point in formatter, and the number of values at or below zero."""

    value: float
    place: str
    count: int = 0
    of: int = 0


class Formatter:
    """Formats points, in the deck's unit of length, and units."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer, self.problem = transfer, transfer.problem
        self.model: Model = self.problem.model
        self.length = self.model.length_unit
        self.balances = {b.field.name: b for b in self.model.balances.values()}
        self._points: dict[int, Array] = {}

    def place(self, x: Any, blocks: tuple[str, ...]) -> str:
        """Return 'in lower at (0.5, 2) um'."""
        inside = next(iter(locate(self.model.mesh, np.array([x]))))
        names = [b for b in blocks if b in inside] or list(blocks)
        return f"{'in ' + names[0] + ' ' if names else ''}{self.point(x)}"

    def point(self, x: Any) -> str:
        """Return 'at (0.5, 2) um'."""
        coordinates = ", ".join(f"{v / self.length.factor:.4g}" for v in x)
        return f"at ({coordinates}) {self.length}"

    def flux_unit(self, component: Component) -> str:
        balance = self.balances.get(component.name)
        return str(balance.flux_unit.si) if balance is not None else ""

    def unit(self, component: Component) -> str:
        return str(component.field.unit.si)

    def density_unit(self, term: PointTerm) -> str:
        """Return the unit of a term per volume or area."""
        balance = self.balances.get(term.component.name)
        if balance is None:
            return ""
        return str((balance.flux_unit if term.place.normal is not None else balance.unit).si)

    def amount_unit(self, component: Component) -> str:
        """Return the unit of a summed row."""
        balance = self.balances.get(component.name)
        if balance is None:
            return ""
        return str(self.model.coordinates.amount(balance.unit, 2 if balance.field.interface else 3))

    # ------------------------------------------------------------------ extremes

    def points(self, component: Component) -> Array:
        if component.index not in self._points:
            geometry = self.transfer.geometry
            self._points[component.index] = geometry.node_points(geometry.space(component))
        return self._points[component.index]

    def extreme(self, component: Component, values: Array, which: str) -> Extreme | None:
        """Return the 'lowest', 'highest' or 'largest' of values (nodes, c) at a component's nodes. Collective.

        Values that are not finite are left out.
        """
        comm = self.problem.comm
        if component.field.kind == "global":
            return Extreme(float(np.real(values[0, 0])), "", int(values[0, 0] <= 0), 1)
        owned = self.transfer.geometry.space(component).node_set.size
        here = self.transfer.present[component.index][:owned]
        own = np.real(values[:owned])
        sign = -1.0 if which == "lowest" else 1.0
        judged = np.abs(own) if which == "largest" else sign * own
        judged = np.where(here & np.isfinite(own), judged, -np.inf)
        best: tuple[float, float, tuple[float, ...]] = (-np.inf, 0.0, ())
        if judged.size:
            node, c = np.unravel_index(int(np.argmax(judged)), judged.shape)
            x = tuple(float(v) for v in self.points(component)[node])
            best = (float(judged[node, c]), float(own[node, c]), x)
        found = max(comm.allgather(best), key=lambda b: b[0])
        below = sum(comm.allgather(int(np.sum(here & (own <= 0)))))
        total = sum(comm.allgather(int(np.sum(here))))
        if not np.isfinite(found[0]):
            return None
        return Extreme(found[1], self.place(found[2], component.blocks), below, total)


@dataclass
class Imbalance:
    """The imbalance of a component: as a flux, its largest entry, and the share of each term, largest first."""

    component: Component
    flux: float
    worst: Extreme | None
    shares: list[tuple[PointTerm, float]]


def imbalances(formatter: Formatter, terms: list[PointTerm], state: State) -> list[Imbalance]:
    """Return the imbalances of all components at a state, largest relative to its rows first. Collective."""
    problem, transfer = formatter.problem, formatter.transfer
    found = []
    areas = problem.newton.convergence.areas
    comm = problem.comm
    for component, area in zip(problem.unknowns.components, areas, strict=True):
        mine = [p for p in terms if p.component is component]
        total: Any = 0.0
        shares = []
        for term in mine:
            rows = np.real(term.rows(state))
            free = transfer.free[component.index][: len(rows)]
            total = total + rows * free
            size = float(np.sum(np.abs(rows[free])))
            shares.append((term, _summed(component, comm, size) / area))
        if not mine:
            continue
        size = _summed(component, comm, float(np.sum(np.abs(total))))
        worst = formatter.extreme(component, total, "largest")
        shares.sort(key=lambda item: -item[1] if np.isfinite(item[1]) else -np.inf)
        found.append(Imbalance(component, size / area, worst, shares))

    def scaled(imbalance: Imbalance) -> float:
        component = imbalance.component
        return imbalance.flux * areas[component.index] / float(component.row)

    return sorted(found, key=lambda i: (bool(np.isfinite(i.flux)), -scaled(i)))


def _summed(component: Component, comm: Any, local: float) -> float:
    return local if component.field.kind == "global" else float(comm.allreduce(local))
