"""The conservation ledger: per balance, plugin and region what came in, was produced and was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from trona.record import BalanceLedger, LedgerEntry
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.balance import Balance
    from trona.problem.forms import Integral
    from trona.problem.problem import Problem

_Key = tuple[str, Any, str, str, int]
"""Balance, kind of term, plugin, region and the number of the integral, so that opposite terms do not hide."""
_TERM: dict[str, Any] = {
    "storage": "storage",
    "source": "source",
    "raw": "source",
    "inflow": "boundary",
    "exchange": "interface",
}


class Ledger:
    """Accumulates amounts over time (or takes rates, in a steady problem).

    What fixed values let in is the residual of the rows that they replace.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._integrals: list[tuple[Balance, Integral, Any]] = []
        for balance, term in problem.model.terms():
            for integral in problem.reading.integrals(balance, term, problem.transient):
                if integral.kind != "flux" and not integral.density.ufl_shape:
                    self._integrals.append((balance, integral, problem.reading.amount(integral)))
        self.totals: dict[_Key, float] = {}

    def add(self, duration: float = 1.0) -> None:
        """Add the rates at the present state times `duration` (1 for a steady state)."""
        for number, (balance, integral, form) in enumerate(self._integrals):
            rate = float(fd.assemble(form))
            sign = -1.0 if integral.kind == "storage" else 1.0
            key = (balance.name, _TERM[integral.kind], integral.plugin, integral.region, number)
            self.totals[key] = self.totals.get(key, 0.0) + sign * rate * duration
        for key, rate in self._reactions().items():
            self.totals[key] = self.totals.get(key, 0.0) + rate * duration

    def state(self) -> list[list[Any]]:
        """Return the totals as plain data."""
        return [[*key, value] for key, value in self.totals.items()]

    def restore(self, state: list[list[Any]]) -> None:
        """Go on from what `state` returned."""
        self.totals = {(owner, term, plugin, region, n): v for owner, term, plugin, region, n, v in state}

    def _reactions(self) -> dict[_Key, float]:
        """Return what enters through each boundary with a fixed value."""
        problem = self.problem
        if not problem.fixed_parts:
            return {}
        owners = {b.field.name: b.name for b in problem.model.balances.values()}
        residual = fd.assemble(problem.residual)
        found: dict[_Key, float] = {}
        seen: dict[int, set[int]] = {}
        for boundary, component, bc in problem.fixed_parts:
            if component.field.declaration.rank:
                continue
            rows = residual.subfunctions[component.index].dat.data_ro
            taken = seen.setdefault(component.index, set())
            nodes = [n for n in bc.nodes.tolist() if n < len(rows) and n not in taken]
            taken.update(nodes)
            local = float(np.sum(rows[nodes])) * float(component.row) if nodes else 0.0
            key = (owners[component.name], "boundary", "boundaries", boundary, -1)
            found[key] = found.get(key, 0.0) + float(problem.comm.allreduce(local))
        return found

    def balances(self) -> list[BalanceLedger]:
        """Return the ledger of each balance, in amounts per depth of a planar or slender problem."""
        model, problem = self.problem.model, self.problem
        metre = Unit.parse("m")
        found = []
        for name, balance in sorted(model.balances.items()):
            entries = tuple(
                LedgerEntry(term, plugin, region, value)
                for (owner, term, plugin, region, _), value in sorted(self.totals.items())
                if owner == name
            )
            amount = balance.unit * metre ** (2 if balance.field.interface else 3)
            if problem.transient:
                amount = amount * Unit.parse("s")
            # Written out, for a joule per metre of depth is no newton to a reader.
            per_depth = {3: "", 2: "/m", 1: "/m^2"}[model.dimension]
            found.append(BalanceLedger(name, f"{amount}{per_depth}", entries))
        return found
