"""The results of a verification as text, data and a picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from trona.verify.dependences import Unforeseen
    from trona.verify.posed import FluxResponse
    from trona.verify.reading import Reading
    from trona.verify.study import Convergence
    from trona.verify.taylor import TaylorRow
    from trona.verify.term_sums import TermSum


@dataclass(frozen=True)
class Verification:
    """The results of `verify`; `raw` names terms, and `unjudged` readings, that no proof covers."""

    deck: str
    convergence: tuple[Convergence, ...]
    taylor: tuple[TaylorRow, ...]
    posed: tuple[FluxResponse, ...]
    raw: tuple[str, ...] = ()
    term_sums: tuple[TermSum, ...] = ()
    readings: tuple[Reading, ...] = ()
    unjudged: tuple[str, ...] = ()
    unforeseen: tuple[Unforeseen, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> list[str]:
        """One sentence per failed proof."""
        return [
            *self.sum_failures,
            *self.structure_failures,
            *self.order_failures,
            *self.taylor_failures,
            *self.sign_failures,
            *self.reading_failures,
        ]

    @property
    def sum_failures(self) -> list[str]:
        """The rows of residual and Jacobian that are not the sum of the terms, each assembled alone."""
        return [
            f"the {p.of} of {p.component} is not the sum of its {p.terms} terms, each assembled alone "
            f"(they differ by {p.difference:.1e} of their size)"
            for p in self.term_sums
            if not p.holds
        ]

    @property
    def structure_failures(self) -> list[str]:
        """The dependences in the Jacobian that the structure of the model does not have."""
        return [
            f"the structure of the model does not say that the equation of {u.row} "
            + (f"depends on {u.column}" if not u.cause else f"changes with {u.cause} in its derivative by {u.column}")
            for u in self.unforeseen
        ]

    @property
    def order_failures(self) -> list[str]:
        """The fields that do not converge with the theoretical order."""
        return [
            f"{c.component} converges in {c.refined} with order {c.orders[-1]:.2f}, expected {c.theory:g}"
            for c in self.convergence
            if not c.passed
        ]

    @property
    def taylor_failures(self) -> list[str]:
        """The parts of the Jacobian that are not the derivative of the residual."""
        return [
            f"the Jacobian of {t.residual} by {t.direction} is not the derivative of the residual "
            f"(the remainder falls with order {t.order:.2f}, expected 2)"
            for t in self.taylor
            if not t.holds
        ]

    @property
    def sign_failures(self) -> list[str]:
        """The fluxes that run up the gradients of their own fields."""
        return [
            f"the flux of {p.balance} in {p.block} runs up the gradient of its own field: "
            f"-d(flux)/d(gradient) is {p.conductance[0]:.3g}, d(storage)/d(field) is {p.capacity[0]:.3g}"
            for p in self.posed
            if not p.holds
        ]

    @property
    def reading_failures(self) -> list[str]:
        """The readings whose errors are larger than allowed."""
        return [
            f"the reading {r.name} ({r.kind}) is off by {r.errors[-1]:.1e} of its range on the finest mesh; "
            f"{r.allowed[-1]:.1e} is allowed"
            for r in self.readings
            if not r.passed
        ]

    @property
    def verdict(self) -> str:
        return "verified" if self.passed else f"NOT verified: {len(self.failures)} of the proofs failed"

    def table(self) -> str:
        """Return all results as Markdown."""
        lines = ["| field | refined in | errors | orders | theory | |", "|---|---|---|---|---|---|"]
        for c in self.convergence:
            errors = ", ".join(f"{e:.2e}" for e in c.errors)
            orders = ", ".join(f"{o:.2f}" if isfinite(o) else "exact" for o in c.orders)
            lines.append(
                f"| {_cell(c.component)} | {c.refined} | {errors} | {orders} | {c.theory:g} | {_mark(c.passed)} |"
            )
        lines += ["", "| rows of | | terms | difference from their sum | |", "|---|---|---|---|---|"]
        lines += [
            f"| {_cell(p.component)} | {p.of} | {p.terms} | {p.difference:.0e} | {_mark(p.holds)} |"
            for p in self.term_sums
        ]
        coupled = [t for t in self.taylor if max(t.remainders) > 0]
        lines += ["", "| rows of | derivative by | remainder, h = 1 and least | order | |", "|---|---|---|---|---|"]
        for t in coupled:
            order = f"{t.order:.2f}" if isfinite(t.order) else "linear"
            lines.append(
                f"| {_cell(t.residual)} | {_cell(t.direction)} | {t.remainders[0]:.1e}, {min(t.remainders):.1e} "
                f"| {order} | {_mark(t.holds)} |"
            )
        if self.posed:
            lines += ["", "| balance | block | d(storage)/d(field) | -d(flux)/d(gradient) | |", "|---|---|---|---|---|"]
        for p in self.posed:
            lines.append(
                f"| {p.balance} | {p.block} | {_interval(p.capacity)} | {_interval(p.conductance)} | {_mark(p.holds)} |"
            )
        if self.readings:
            lines += ["", "| reading | of | errors | allowed on the finest | order | |", "|---|---|---|---|---|---|"]
        for r in self.readings:
            errors = ", ".join(f"{e:.1e}" for e in r.errors)
            order = f"{r.order:.2f}" if isfinite(r.order) else "exact"
            lines.append(
                f"| {r.kind} | {_cell(r.name)} | {errors} | {r.allowed[-1]:.1e} | {order} | {_mark(r.passed)} |"
            )
        if self.unjudged:
            lines += ["", f"Readings that could not be judged: {', '.join(self.unjudged)}."]
        if self.raw:
            lines += ["", f"Raw terms, which no proof covers: {', '.join(self.raw)}."]
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """Return all results as plain data for JSON; orders of exact results are null."""
        convergence = [
            asdict(c) | {"orders": [o if isfinite(o) else None for o in c.orders], "passed": c.passed}
            for c in self.convergence
        ]
        taylor = [asdict(t) | {"order": t.order if isfinite(t.order) else None, "passed": t.holds} for t in self.taylor]
        posed = [asdict(p) | {"passed": p.holds} for p in self.posed]
        readings = [
            asdict(r) | {"order": r.order if isfinite(r.order) else None, "passed": r.passed} for r in self.readings
        ]
        return {
            "deck": self.deck,
            "passed": self.passed,
            "failures": self.failures,
            "convergence": convergence,
            "taylor": taylor,
            "posed": posed,
            "raw": list(self.raw),
            "term_sums": [asdict(p) | {"passed": p.holds} for p in self.term_sums],
            "readings": readings,
            "unjudged": list(self.unjudged),
            "unforeseen": [asdict(u) for u in self.unforeseen],
        }

    def draw(self, target: Path | BinaryIO) -> None:
        """Draw errors against cell size and time step, with the slopes of the theory."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        kinds = list(dict.fromkeys(c.refined for c in self.convergence))
        figure = Figure(figsize=(5.2 * len(kinds), 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
            for c in (c for c in self.convergence if c.refined == kind):
                shown = [(s, e) for s, e in zip(c.sizes, c.errors, strict=True) if e > 0]
                if not shown:
                    continue
                label = c.component if kind == "space" else f"{c.component}, BDF{c.theory:g}"
                (line,) = axes.loglog(*zip(*shown, strict=True), "o-", label=label)
                slope = [shown[0][1] * (s / shown[0][0]) ** c.theory for s, _ in shown]
                axes.loglog([s for s, _ in shown], slope, ":", color=line.get_color())
            axes.set_xlabel("cell size" if kind == "space" else "time step")
            axes.set_ylabel("error relative to the amplitude")
            axes.set_title(f"refined in {kind} (dotted: theory)")
            axes.grid(True, which="both", alpha=0.3)
            axes.legend(fontsize="small")
        figure.savefig(target, dpi=130)


def _mark(passed: bool) -> str:
    return "ok" if passed else "FAILED"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _interval(ends: tuple[float, float]) -> str:
    low, high = (f"{e:.3g}" for e in ends)
    return low if low == high else f"{low} to {high}"
