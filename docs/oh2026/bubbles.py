"""A gas bubble on an electrode: the current at its rim, and how bubbles grow."""

from __future__ import annotations

from math import atanh, log, pi, sqrt
from pathlib import Path

from claim import CHECK, Claim, Drawn, Figure, Finding, Panels, Tables, chain, found
from kept_table import Rows

from oh2026.film_forms import F, R, T

RIM = {"planar": 2.0, "axisymmetric": 1.5}
"""Current density at the rim over that far away where the electrode has a uniform potential."""
NAMES = {"planar": "half of a cylinder", "axisymmetric": "half of a sphere"}
WAGNER = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0)


def current_gathers_at_the_rim(tables: Tables) -> Finding:
    rows, cases, lines, borders = tables["bubble"], {}, [], []
    for shape, name in NAMES.items():
        focus = rows.series("theta", "Wa", shape=shape)
        for wagner, theta in zip(WAGNER, focus, strict=True):
            cases[f"{name}, Wa = {wagner:g}"] = theta > 1.05
        lines.append(f"{name} {chain(focus, 4)}")
        gathered = [wagner for wagner, theta in zip(WAGNER, focus, strict=True) if theta > 1.05]
        borders.append(f"{name}, Wa up to {max(gathered):g}" if gathered else f"{name}, nowhere")
    numbers = f"largest over smallest current density at Wa = {chain(list(WAGNER), 3)}: {'; '.join(lines)}"
    return found(cases, numbers, "; ".join(borders))


def potential_theory(tables: Tables) -> Finding:
    rows, lines = tables["bubble"], []
    for shape, name in NAMES.items():
        fast, slow = (rows.one("theta", shape=shape, Wa=wagner) for wagner in (WAGNER[0], WAGNER[-1]))
        lines.append(f"{name} {fast:.3f} for a fast reaction (theory {RIM[shape]:g}) and {slow:.4f} for a slow one (1)")
    return Finding(CHECK, "; ".join(lines))


def _draw_rim(rows: Rows, _: Path, path: Path) -> None:
    """Draw the focusing over the Wagner number for both shapes."""
    from matplotlib.figure import Figure as Canvas
    from panels import save

    figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for number, (shape, name) in enumerate(NAMES.items()):
        ax.semilogx(WAGNER, rows.series("theta", "Wa", shape=shape), "o-", color=f"C{number}", label=name)
        ax.axhline(RIM[shape], color=f"C{number}", linestyle=":")
    ax.set(xlabel="Wa", ylabel="largest over smallest current density")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")
    save(figure, path)


PRESSURES, PARASITIC = (0.1, 0.3, 1.0, 3.0, 10.0), (0.1, 1.0)
"""MPa; A/m2."""
PER_AREA, ELECTRONS, TENSION, SEED, END = 1e8, 2, 35e-3, 1e-6, 1800.0
"""Of the deck: bubbles per area, 1/m2; electrons per molecule; N/m; first radius, m; s."""


def time_to(radius: float, pressure: float, parasitic: float) -> float:
    """Return when bubbles have this radius, s, if the side reaction runs on the free surface: from p a^2 da/(1 - theta)."""

    def grown(a: float) -> float:
        b = a * sqrt(pi * PER_AREA)
        of_pressure = 3 * pressure * (atanh(b) - b) / (pi * PER_AREA) ** 1.5
        return of_pressure - 2 * TENSION * log(1 - b * b) / (pi * PER_AREA)

    return 2 / 3 * pi * PER_AREA * ELECTRONS * F / (R * T * parasitic) * (grown(radius) - grown(SEED))


def bubbles_grow(tables: Tables) -> Finding:
    rows, worst, lines = tables["bubble_growth"], 0.0, []
    for j in PARASITIC:
        covered = rows.series("bubble_coverage_mean", "p", j=j)
        for p, a in zip(PRESSURES, rows.series("bubble_radius_mean", "p", j=j), strict=True):
            worst = max(worst, abs(time_to(a, p * 1e6, j) / END - 1))
        lines.append(f"{j:g} A/m²: {chain(covered, 3)}")
    return Finding(
        CHECK,
        f"share that is covered after {END / 60:g} min at {', '.join(f'{p:g}' for p in PRESSURES)} MPa, side reaction of "
        f"{'; '.join(lines)}; the time at which the closed form has the bubbles of the runs is off by at most {worst:.0e}",
    )


def _draw_growth(rows: Rows, _: Path, path: Path) -> None:
    """Draw the share that is covered over the pressure: runs and closed form."""
    from matplotlib.figure import Figure as Canvas
    from panels import save

    figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for number, j in enumerate(PARASITIC):
        ax.semilogx(
            PRESSURES, rows.series("bubble_coverage_mean", "p", j=j), "o", color=f"C{number}", label=f"{j:g} A/m²"
        )
        pressures = [10 ** (-1 + 2 * n / 80) for n in range(81)]
        ax.semilogx(pressures, [_covered(p * 1e6, j) for p in pressures], ":", color=f"C{number}")
    ax.set(xlabel="p [MPa]", ylabel="share that bubbles cover", ylim=(0, 1))
    ax.grid(alpha=0.3)
    ax.legend(title="side reaction", frameon=False, fontsize="small")
    save(figure, path)


def _covered(pressure: float, parasitic: float) -> float:
    """Return the share that is covered in the end, by bisection of the closed form."""
    low, high = SEED, (1 - 1e-12) / sqrt(pi * PER_AREA)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if time_to(middle, pressure, parasitic) < END else (low, middle)
    return pi * PER_AREA * low**2


DECK, GROWTH = ("bubble",), ("bubble_growth",)
_SHOWN = {"down": ("shape", tuple(NAMES)), "across": ("Wa", (1e-3, 1.0, 1000.0)), "blocks": ("electrolyte",)}
FIGURES = (
    Figure(
        "Gas bubble",
        "An insulating half of a cylinder or of a sphere on a flat electrode, in a cell thirty times as large. One number "
        "counts, Wa = κ R T/(F i0 a), with the radius a: how slow the reaction is. The paper gives no geometry: shapes, "
        "contact angle (90°) and range of Wa are ours. We say that current gathers where it is more than 5 % above "
        "that far away.",
        (
            Claim(
                "bubbles", "current gathers at the rim of a bubble", "current density", DECK, current_gathers_at_the_rim
            ),
            Claim(
                "bubbles", "both limits by potential theory", "current density", DECK, potential_theory, is_check=True
            ),
        ),
        (),
        (
            Panels(
                "current",
                "bubble",
                "size of the current density in the electrolyte around the bubble",
                "current_density",
                "A/m²",
                patch=1.0,
                box=(-3e6, -2e5, 3e6, 3e6),
                **_SHOWN,
            ),
            Drawn(
                "rim",
                "bubble",
                "largest over smallest current density on the electrode; dotted: potential theory for a fast reaction",
                _draw_rim,
            ),
        ),
    ),
    Figure(
        "Bubbles that grow",
        "Half spheres in a square pattern hold all the gas of a side reaction, by Faraday's law and the ideal gas law, and "
        "cover the electrode; both reactions run on the rest. The paper gives no rates. Assumed: the gas, 100 µm between "
        "bubbles, and a side reaction of one and ten per cent of 10 A/m².",
        (Claim("bubbles", "share that bubbles cover", "share of the area", GROWTH, bubbles_grow, is_check=True),),
        (),
        (
            Drawn(
                "covered",
                "bubble_growth",
                "share of the electrode that bubbles cover after half an hour, over the pressure; dotted: closed form",
                _draw_growth,
            ),
        ),
    ),
)
