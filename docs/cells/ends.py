"""How a cell ends by its voltage: an additive that runs out, and a solvent that is used up."""

from __future__ import annotations

from math import exp, log, sinh
from pathlib import Path

from claim import CHECK, Claim, Curves, Drawn, Figure, Finding, Pivot, Tables, chain
from kept_table import Rows
from matplotlib.figure import Figure as Plot
from numpy import linspace
from panels import columns, save

from cells import closed_forms as exact

CURRENT, I0, GAP = 5.0, 72.0, 25e-6
"""Current density and exchange current density, A/m2; thickness, m."""
POROSITY, ADDITIVE, AT_FIRST = 0.45, 3e-10, 100.0
"""Of the separator; diffusivity, m2/s, and concentration, mol/m3, of the additive in the liquid."""
SIDE, VOLUME, FILLED, KAPPA = 0.05, 7.4e-10, 11.25e-6, 0.883
"""Side reaction, A/m2; volume of solvent per charge, m3/C; solvent at first, m; conductivity of the liquid, S/m."""


def needed(limit: float) -> float:
    """Return the share of the additive at which the electrode needs this overpotential, V."""
    return CURRENT / (2 * I0 * sinh(exact.F * limit / (2 * exact.R * exact.T)))


def additive(tables: Tables) -> Finding:
    rows, off, lines = tables["additive_runs_out"], 0.0, []
    for k in (1e-7, 1e-6, 1e-5):
        seen = []
        for limit in (50.0, 100.0, 150.0):
            t = rows.one("ended", k=k, limit=-limit)
            closed = exact.until(needed(1e-3 * limit), k, ADDITIVE * POROSITY**1.5, GAP, POROSITY)
            off, seen = max(off, abs(t / closed - 1)), [*seen, t]
        lines.append(f"k = {k:g} m/s: {chain(seen, 4)} s")
    shares = [100 * needed(limit) for limit in (0.05, 0.1, 0.15)]
    return Finding(
        CHECK,
        f"stopped at 50, 100, 150 mV, where {chain(shares, 3)} % of it is left at the metal, {'; '.join(lines)}; off by at most "
        f"{100 * off:.1g} %",
    )


def voltage(left: float, area: bool) -> float:
    """Return the voltage of the cell with this part of the solvent left, V."""
    i0 = I0 * (left if area else 1.0)
    reaction = CURRENT - SIDE * (left if area else 1.0)
    kappa = KAPPA * POROSITY**1.5 * (left if area else left**1.5)
    return -exact.overpotential(reaction, i0) - exact.overpotential(CURRENT, i0) - CURRENT * GAP / kappa


def left_at(limit: float, area: bool) -> float:
    """Return the part of the solvent that is left at this voltage."""
    low, high = 1e-9, 1.0
    for _ in range(200):
        mid = (low * high) ** 0.5
        low, high = (mid, high) if voltage(mid, area) < limit else (low, mid)
    return high


def dry(tables: Tables) -> Finding:
    rows, off, lines = tables["dry_out"], 0.0, []
    slow = FILLED / (VOLUME * SIDE)
    for area in (True, False):
        told = []
        for limit in (-50.0, -200.0):
            case = next(c for c in rows.cases if float(c["limit"]) == limit and (c["area"] == "left") == area)
            left = left_at(1e-3 * limit, area)
            closed = slow * (log(1 / left) if area else 1 - left)
            off = max(off, abs(float(case["ended"]) / closed - 1))
            told.append(
                f"{float(case['ended']) / 3600:.4g} h ({100 * float(case['solvent_height_mean']) / FILLED:.3g} % left)"
            )
        lines.append(f"{'wet area' if area else 'pores'}: {' and '.join(told)}")
    return Finding(
        CHECK,
        f"until 50 and 200 mV, {'; '.join(lines)}; off by at most {off:.0e}; with all of the solvent the voltage is "
        f"{-1e3 * voltage(1.0, False):.3g} mV, with half of it {-1e3 * voltage(0.5, True):.3g} and {-1e3 * voltage(0.5, False):.3g} mV",
    )


def draw_dry(rows: Rows, folder: Path, path: Path) -> None:
    """Draw the voltage over time for both ways in which the liquid may draw back."""
    plot = Plot(figsize=(6.4, 3.2), layout="constrained")
    ax = plot.add_subplot()
    slow = FILLED / (VOLUME * SIDE)
    for colour, area, label in (("C0", True, "a part of the area dries"), ("C1", False, "all pores drain")):
        case = next(c for c in rows.cases if float(c["limit"]) == -200 and (c["area"] == "left") == area)
        name = "electrode_potential (working | separator)"
        seen = columns(folder / "cases" / f"{int(case['case']):04d}", "time", name)
        ax.plot(seen["time"] / 3600, 1e3 * seen[name], ".", color=colour, markersize=4, label=label)
        parts = [exp(-s) for s in linspace(0, log(1 / left_at(-0.2, area)), 300)]
        ax.plot(
            [slow * (log(1 / S) if area else 1 - S) / 3600 for S in parts],
            [1e3 * voltage(S, area) for S in parts],
            color=colour,
            linewidth=1,
        )
    ax.set(xlabel="time [h]", ylabel="voltage [mV]")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")
    save(plot, path)


FIGURES = (
    Figure(
        "An additive runs out",
        "The exchange current density is proportional to the concentration of an additive at the metal, where it is used up. A step "
        "of the protocol ends at a voltage. The separator has pores: D = D_0 ε^1.5, and the additive is stored in the part ε.",
        (
            Claim(
                "additive", "time until the voltage is reached", "time", ("additive_runs_out",), additive, is_check=True
            ),
        ),
        (Pivot("additive_runs_out", "Time until the voltage is reached, s", "ended", "k", "limit"),),
        (
            Curves(
                "voltage",
                "additive_runs_out",
                "Potential of the metal while the additive runs out",
                "potential of the metal [mV]",
                ({"k": 1e-7}, {"k": 1e-6}, {"k": 1e-5}),
                {"limit": -150.0},
                {"electrode_potential": 1e3},
            ),
        ),
    ),
    Figure(
        "Dry-out",
        "A side reaction uses the solvent up. Either the liquid draws back into a part S of the area, with the side reaction, dS/dt "
        "= −v j S/H_0, or all pores drain alike, dS/dt = −v j/H_0, and the conductivity falls as S^1.5. Until little is left, the "
        "voltage shows neither.",
        (Claim("dry-out", "time until the voltage is reached", "time", ("dry_out",), dry, is_check=True),),
        pictures=(
            Drawn(
                "voltage",
                "dry_out",
                "Voltage of a cell that dries out, by what the solvent leaves first: dots are time steps, lines the closed form",
                draw_dry,
            ),
        ),
    ),
)
