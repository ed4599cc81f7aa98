"""How many cycles an excess of metal lasts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from claim import CHECK, Claim, Drawn, Figure, Finding, Tables, found
from kept_table import Rows
from matplotlib.figure import Figure as Plot
from panels import columns, save

from cells import closed_forms as exact

CURRENT, CYCLED = 5.0, 9000.0
"""Current density, A/m2; charge of a cycle, C/m2."""
I0, COVERING, ENDS = 72.0, 10.0, 0.1
"""Exchange current density, A/m2; charge that covers half of the electrode, C/m2; overpotential at the end, V."""
CAUSES = {"s": "metal cut off", "f": "fresh surface", "j": "all the time"}
J, LENGTH, VOLUME, HOUR = 0.02386335, 50e-9, 2.162e-10, 3600.0
"""Of the film: current density without it, A/m2; thickness that halves the rate, m; volume per charge, m3/C. A cycle, s."""
SPANS = (50.0, 2000.0)


def excess_lasts(tables: Tables) -> Finding:
    rows, cases, lines = tables["cycle_life"], {}, []
    for ratio in (1.5, 2.0):
        for key, cause in CAUSES.items():
            told = []
            for case in (c for c in rows.cases if float(c["N_over_P"]) == ratio and float(c[key])):
                CE = exact.efficiency(CURRENT, *(float(case[k]) for k in "sfj"), 0.0)
                lasted, rule = float(case["cycle"]) - 1, (ratio - 1) / (1 - CE)
                cases[f"{cause}, N/P = {ratio:g}, {100 * CE:.2f} %"] = 0 <= rule - lasted < 1
                told.append(f"{lasted:g} ({rule:.1f})")
            lines.append(f"N/P = {ratio:g}, {cause}: {', '.join(told)}")
    numbers = (
        f"full discharges, and the rule, at Coulombic efficiencies of 81.89, 95.94, 99.05, 99.59 %: {'; '.join(lines)}"
    )
    failed = "; ".join(name for name, holds in cases.items() if not holds)
    where = (
        "metal lost in deposition, at every N/P. The rule promises N/P − 1 cycles too many where metal is cut off, and about half "
        f"as many where a reaction goes on all the time, which shows at {failed}"
    )
    return found(cases, numbers, where)


def closed_form(tables: Tables) -> Finding:
    rows, off, same = tables["cycle_life"], 0.0, True
    for case in rows.cases:
        s, f, j = (float(case[k]) for k in "sfj")
        left = exact.left_at(CURRENT + j, I0, ENDS, COVERING)
        whole, last = exact.life((float(case["N_over_P"]) - 1) * CYCLED, CYCLED, CURRENT, s, f, j, left)
        same &= whole == float(case["cycle"]) - 1
        off = max(off, abs(float(case["capacity"]) / last - 1))
    return Finding(
        CHECK,
        f"the number of full discharges is {'that' if same else 'not that'} of the closed form in all {len(rows.cases)} cases, "
        f"{sum(float(case['cycle']) for case in rows.cases):.0f} cycles in total; the charge of the last discharge is off by at most {off:.0e}",
    )


def with_film(tables: Tables) -> Finding:
    explicit, reduced, lines = tables["cycles_with_film"], tables["cycles_reduced"], []
    for span in SPANS:
        lost = CYCLED - explicit.one("stored_charge_mean", cycles=span)
        without = CYCLED - reduced.one("stored_charge_mean", span=span)
        closed = exact.film(span * HOUR, J, LENGTH, VOLUME) / VOLUME
        seconds = [explicit.one("wall time", cycles=span), reduced.one("wall time", span=span)]
        lines.append(
            f"{span:g} cycles: {lost:.5g} C/m² lost in {seconds[0]:.3g} s, {without:.5g} without the cycles in {seconds[1]:.2g} s, closed "
            f"form {closed:.5g}"
        )
    first = exact.efficiency(CURRENT, 0, 0, J, 0.0)
    after = 1 - (CYCLED - explicit.one("stored_charge_mean", cycles=SPANS[0])) / (SPANS[0] * CYCLED)
    return Finding(
        CHECK,
        f"{'; '.join(lines)}. An excess of one charge would last {1 / (1 - first):.0f} cycles by the efficiency without a film, "
        f"{1 / (1 - after):.0f} by the mean one of 50 cycles; it lasts for more than 2000",
    )


def draw_film(rows: Rows, folder: Path, path: Path) -> None:
    """Draw the metal over the cycles, of every cycle and of the run without cycles."""
    plot = Plot(figsize=(6.4, 3.2), layout="constrained")
    ax = plot.add_subplot()
    case = rows.number(span=SPANS[-1])
    for deck, style, label in (("cycles_with_film", "-", "each cycle"), ("cycles_reduced", "k.", "without the cycles")):
        of_case = folder.parent / deck / "cases" / f"{case:04d}"
        if not of_case.exists():
            continue  # the other deck has not been run here
        seen = columns(of_case, "time", "stored_charge_mean")
        ax.plot(seen["time"] / HOUR, seen["stored_charge_mean"] / CYCLED, style, markersize=4, label=label)
    t = np.linspace(0, SPANS[-1] * HOUR, 400)
    closed = CYCLED - np.array([exact.film(at, J, LENGTH, VOLUME) / VOLUME for at in t])
    ax.plot(t / HOUR, closed / CYCLED, "--", label="closed form")
    ax.set(xlabel="time [h], cycles", ylabel="metal over the charge of a cycle")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")
    save(plot, path)


FIGURES = (
    Figure(
        "Cycles until an excess of metal is used up",
        "Metal takes up P and gives it in each cycle; at first there is N − P. The rule is that the excess lasts (N/P − 1)/(1 − CE) cycles. "
        "Each cycle loses P [(1 + j/I)/(1 − s) − (1 − j/I)/(1 + f)]. Where metal is lost in deposition alone that is P (1 − CE), as in the "
        "rule. Where it is cut off as it dissolves the excess is cut off as well: it lasts (N/P − 1) CE/(1 − CE) cycles, N/P − 1 "
        "cycles less. N counts what the metal holds, not what it can give.",
        (
            Claim(
                "rule",
                "an excess lasts (N/P − 1)/(1 − CE) cycles",
                "full discharges, to less than one",
                ("cycle_life",),
                excess_lasts,
            ),
            Claim("cycles", "cycles in closed form", "cycles, charge", ("cycle_life",), closed_form, is_check=True),
        ),
    ),
    Figure(
        "2000 cycles, and none",
        "A side reaction is slowed down by its products, so that the efficiency rises from cycle to cycle. On average no current flows: "
        "a deck without cycles, in time steps that grow, loses the same metal.",
        (
            Claim(
                "film",
                "metal lost",
                "charge of the metal",
                ("cycles_with_film", "cycles_reduced"),
                with_film,
                is_check=True,
            ),
        ),
        pictures=(
            Drawn("metal", "cycles_reduced", "Metal over 2000 cycles, solved one by one and without them", draw_film),
        ),
    ),
)
