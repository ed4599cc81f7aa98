"""Regions that are rich and poor in vacancies coarsen: their size over time against the laws of coarsening."""

from __future__ import annotations

from itertools import pairwise
from math import exp, log
from pathlib import Path

import numpy as np
from claim import CHECK, Claim, Drawn, Figure, Finding, Tables, chain
from kept_table import Rows

from venturi2024.mixing import binodal, energy, tension

CRITICAL, GRADIENT, VOLUME, SIDE = 500.0, 5.3e-13, 2.375e-5, 1.2e-6
"""Of the deck: K, J m2/mol, m3/mol, m."""
FROM, TO = 50e-9, 120e-9
"""Sizes between which the exponent is fitted, m: above, waves of the start are gone; below, the body holds many regions."""
NAMES = {"coarsening": "constant mobility", "coarsening_degenerate": "mobility that follows the fraction"}


def sizes(rows: Rows) -> tuple[list[float], list[float]]:
    """Return times, s, and the size of regions, m: the area over the length of all interfaces.

    The length follows from the free energy above that of both phases apart, by the energy of an interface.
    """
    least = energy(binodal(CRITICAL), CRITICAL) / VOLUME * SIDE**2
    of_interface = tension(CRITICAL, GRADIENT, VOLUME) * SIDE**2
    return rows.numbers("time"), [of_interface / (each - least) for each in rows.numbers("free_energy")]


def exponent(rows: Rows, low: float = FROM, high: float = TO) -> tuple[float, float, float]:
    """Return n in L ~ t^n between two sizes, and the first and last time, s; every decade counts alike."""
    times, lengths = sizes(rows)
    inside = [t for t, size in zip(times, lengths, strict=True) if low <= size <= high]
    at = np.geomspace(inside[0], inside[-1], 60)
    found = np.interp(np.log(at), np.log(times), np.log(lengths))
    return float(np.polyfit(np.log(at), found, 1)[0]), inside[0], inside[-1]


def third(tables: Tables) -> Finding:
    return _exponents(tables, "coarsening", "theory 1/3 where vacancies diffuse through both phases")


def slower(tables: Tables) -> Finding:
    share = 4 * (poor := binodal(CRITICAL)) * (1 - poor)
    return _exponents(
        tables,
        "coarsening_degenerate",
        f"theory 1/3 while they diffuse through both phases, 1/4 where only along interfaces; here the mobility in the phases "
        f"is {share:.2g} of that in the middle of an interface, so that both act, and the exponent still rises",
    )


def _exponents(tables: Tables, deck: str, theory: str) -> Finding:
    rows = tables[deck]
    whole, first, last = exponent(rows)
    middle = (FROM * TO) ** 0.5
    parts = [exponent(rows, *ends)[0] for ends in ((FROM, middle), (middle, TO))]
    return Finding(
        CHECK,
        f"L ~ t^n with n = {whole:.3f} for sizes L from {FROM * 1e9:g} to {TO * 1e9:g} nm, {first:.3g} to {last:.3g} s ({theory}); "
        f"in its first and second half, by log L, n = {chain(parts, 2)}",
    )


def energy_falls(tables: Tables) -> Finding:
    lines = []
    for deck, name in NAMES.items():
        energies = tables[deck].numbers("free_energy")
        rises = sum(b > a for a, b in pairwise(energies))
        lines.append(
            f"{name}: rises in {rises} of {len(energies)} steps, balance of vacancies closes to {closure(tables[deck])}"
        )
    return Finding(CHECK, "; ".join(lines))


def closure(rows: Rows) -> str:
    return f"{max(rows.numbers('worst closure')):.1g}"


def draw(rows: Rows, runs: Path, path: Path) -> None:
    """Draw the sizes over time of both runs, with the slopes of theory."""
    from matplotlib.figure import Figure as Canvas
    from panels import save

    figure = Canvas(figsize=(6.4, 3.8), layout="constrained")
    ax = figure.add_subplot()
    for number, (deck, name) in enumerate(NAMES.items()):
        kept = path.with_name(f"{deck}.csv")
        if kept.exists():
            table = Rows(kept)
            times, lengths = sizes(table)
            ax.loglog(times, [1e9 * each for each in lengths], color=f"C{number}", label=name)
            _, first, last = exponent(table)
            at = exp((log(first) + log(last)) / 2)
            middle = float(np.exp(np.interp(log(at), np.log(times), np.log(lengths))))
            for slope, style in ((1 / 3, "--"), (1 / 4, ":")):
                ends = np.array([first / 1.5, last * 1.5])
                ax.loglog(ends, 1e9 * middle * (ends / at) ** slope, style, color="0.4", linewidth=1)
    ax.plot([], [], "--", color="0.4", label="t^(1/3)")
    ax.plot([], [], ":", color="0.4", label="t^(1/4)")
    ax.set(xlabel="time [s]", ylabel="size of regions [nm]")
    ax.set_yticks((30, 50, 80, 120), ("30", "50", "80", "120"))
    ax.set_yticks((), minor=True)
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")
    save(figure, path)


FIGURES = (
    Figure(
        "Coarsening",
        "A lattice that has separated coarsens: its free energy is that of its interfaces, which become fewer. The size of regions, "
        "area over length of interfaces, follows from the free energy. It grows as t^(1/3) where vacancies diffuse through the "
        "phases (Lifshitz, Slyozov and Wagner) and as t^(1/4) where they move along interfaces alone. The paper does not follow "
        "vacancies in time.",
        (
            Claim("coarsening", "regions grow as t^(1/3)", "size of regions", ("coarsening",), third, is_check=True),
            Claim(
                "coarsening",
                "with a mobility that follows the fraction, slower, near t^(1/4)",
                "size of regions",
                ("coarsening_degenerate",),
                slower,
                is_check=True,
            ),
            Claim(
                "coarsening",
                "the free energy never rises, and no vacancy is lost",
                "free energy",
                tuple(NAMES),
                energy_falls,
                is_check=True,
            ),
        ),
        pictures=(
            Drawn(
                "sizes",
                "coarsening_degenerate",
                "Size of regions over time, with the slopes of theory through the middle of the fitted windows",
                draw,
            ),
        ),
    ),
)
