"""Hosts of a large area; and what a cell loses: a species that crosses over, an additive and a solvent that are used up."""

from __future__ import annotations

from math import cos, hypot, log, pi, sin

from claim import CHECK, Claim, Figure, Finding, Pivot, Tables, chain, found

from lee2019.closed_forms import F, R, T

POROSITY, LIMIT = 0.45, 1.0
"""Of the separator of crossover.yaml; a rate constant, m/s, at which diffusion alone limits."""
DIFFUSIVITY, CONCENTRATION = 1e-9, 5.0
"""Of the species that crosses, m2/s; at the counter electrode, mol/m3."""
ADDITIVE, LAYER, LEFT = 3e-10, 25e-6, 0.01
"""Diffusivity of the additive, m2/s; thickness, m; the part of it that is left in the end."""
PLATED = 10.0
"""Current density, A/m2, of crossover.yaml and host.yaml."""
HALVES, SLOPES = (5e-6, 5e-5, 5e-4, 5e-3), (0.1, 0.3, 1.0, 2.0)
"""Half of a wavelength of host.yaml, m; its amplitude over that."""
KAPPA, EXCHANGE = 0.883, 20.0
"""Of the same: conductivity, S/m; exchange current density, A/m2."""
SOLVENT, PER_CHARGE, CYCLED = 50e-6, 7.4e-10, 5.0
"""Height, m, and volume of solvent per charge, m3/C; current density, A/m2."""


def crossing(thickness: float, rate: float) -> float:
    """Return the flux of a species through a separator to a metal that reduces it, mol/m2/s."""
    D = DIFFUSIVITY * POROSITY**1.5
    return CONCENTRATION / (thickness / D + 1 / rate)


def exhaustion(rate: float, porosity: float) -> float:
    """Return the time, s, at which a hundredth is left far from the metal, by the slowest part of the series."""
    D = ADDITIVE * porosity**1.5
    biot = rate * LAYER / D
    low, high = 0.0, pi / 2
    for _ in range(100):
        a = (low + high) / 2
        low, high = (a, high) if a * sin(a) < biot * cos(a) else (low, a)
    first = 4 * sin(a) / (2 * a + sin(2 * a))
    return porosity * LAYER**2 / (D * a**2) * log(first / LEFT)


def reaction_or_diffusion(rate: float, porosity: float) -> tuple[float, float]:
    """Return the times, s, that the reaction at the metal alone and diffusion alone would take."""
    D = ADDITIVE * porosity**1.5
    slow, fast = porosity * LAYER / rate * log(1 / LEFT), porosity * LAYER**2 / (D * (pi / 2) ** 2)
    return slow, fast * log(4 / pi / LEFT)


def over_projected(slope: float) -> float:
    """Return the true area of a cosine over the projected one, by the trapezoidal rule, which is exact for waves."""
    count = 400
    return sum(hypot(1.0, pi * slope * sin(pi * (i + 0.5) / count)) for i in range(count)) / count


def host_lowers(tables: Tables) -> Finding:
    rows, cases, lines = tables["host"], {}, []
    for W in HALVES:
        most = [-i for i in rows.series("reaction_current_density_min", "slope", W=W)]
        for slope, i in zip(SLOPES, most, strict=True):
            cases[f"{1e6 * W:g} µm, slope {slope:g}"] = i < PLATED
        lines.append(f"{1e6 * W:g} µm: {chain(most, 4)}")
    numbers = f"largest current density of the host at slopes of {', '.join(f'{s:g}' for s in SLOPES)}, A/m², {'; '.join(lines)}"
    length = 1e6 * KAPPA * R * T / (F * EXCHANGE)
    where = f"half-waves below κ R T/(F i0) = {length:.3g} µm ({', '.join(n for n, holds in cases.items() if holds)})"
    return found(cases, numbers, where)


def host_area(tables: Tables) -> Finding:
    rows, off, shapes = tables["host"], 0.0, 0.0
    for W in HALVES:
        for slope in SLOPES:
            ratio = over_projected(slope)
            off = max(off, abs(-rows.one("reaction_current_density_mean", W=W, slope=slope) * ratio / PLATED - 1))
            shapes = max(shapes, abs(rows.one("area", W=W, slope=slope) / (W * ratio) - 1))
    areas = [over_projected(slope) for slope in SLOPES]
    return Finding(
        CHECK,
        f"A_true/A_projected is {chain(areas, 4)}, of the mesh to {shapes:.0e}; j A_projected/A_true is the mean current density "
        f"to {off:.0e}",
    )


def crossover(tables: Tables) -> Finding:
    rows, off = tables["crossover"], 0.0
    for L in (25.0, 100.0, 400.0):
        for k in (1e-7, 1e-6, 1e-5, LIMIT):
            i = rows.one("parasitic_current_density_mean", L=L, k=k)
            off = max(off, abs(-i / (F * crossing(L * 1e-6, k)) - 1))
    limits = [-rows.one("parasitic_current_density_mean", L=L, k=LIMIT) for L in (25.0, 100.0, 400.0)]
    sums = [
        a + b + PLATED
        for a, b in zip(
            rows.numbers("parasitic_current_density_mean"), rows.numbers("reaction_current_density_mean"), strict=True
        )
    ]
    return Finding(
        CHECK,
        f"n F c/(L/D + 1/k): off by at most {off:.0e}; the limiting one, n F D c/L, is {chain(limits, 3)} A/m² through 25, 100, 400 "
        f"µm; with the current of the metal itself it makes the {PLATED:g} A/m² that the cell is given, to {max(map(abs, sums)):.0e} A/m²",
    )


def additive(tables: Tables) -> Finding:
    rows, off, lines = tables["additive"], 0.0, []
    for eps in (0.3, 0.45, 0.8):
        times = rows.series("exhausted", "k", eps=eps)
        for k, t in zip((1e-7, 1e-6, 1e-5, LIMIT), times, strict=True):
            off = max(off, abs(t / exhaustion(k, eps) - 1))
        lines.append(f"porosity {eps:g}: {chain(times, 3)} s")
    slow, fast = reaction_or_diffusion(1e-7, POROSITY)[0], reaction_or_diffusion(LIMIT, POROSITY)[1]
    return Finding(
        CHECK,
        f"at k = 1e-7, 1e-6, 1e-5, 1 m/s, {'; '.join(lines)}; off by at most {100 * off:.1g} % from ε L²/(D a²) ln(100 A), with "
        f"a tan a = k L/D and A = 4 sin a/(2 a + sin 2 a); at a porosity of {POROSITY:g} reaction alone would take {slow:.3g} s at the "
        f"smallest k, diffusion alone {fast:.3g} s",
    )


def solvent(tables: Tables) -> Finding:
    rows = tables["dry_out"]
    times = rows.numbers("dry")
    off = [
        t / (SOLVENT / (PER_CHARGE * (1 - float(CE)) * CYCLED)) - 1
        for CE, t in zip(rows.different("CE"), times, strict=True)
    ]
    return Finding(
        CHECK,
        f"after {chain([t / 86400 for t in times], 3)} days of current at Coulombic efficiencies of "
        f"{', '.join(f'{100 * float(CE):g}' for CE in rows.different('CE'))} % (Jiao et al.); off by {max(map(abs, off)):.0e} from H/(v j)",
    )


FIGURES = (
    Figure(
        "Hosts",
        "A host of a large area is plated. Its shape is a wave, y = A cos(π x/W); the slope is A/W.",
        (
            Claim(
                "hosts",
                "a large area lowers the local current density",
                "largest reaction current density, below that of a flat electrode",
                ("host",),
                host_lowers,
            ),
            Claim("hosts", "j_eff = j A_projected/A_true", "mean current density", ("host",), host_area, is_check=True),
        ),
        (
            Pivot(
                "host",
                "Reaction current density, A/m², where it is largest",
                "reaction_current_density_min",
                "W",
                "slope",
            ),
        ),
    ),
    Figure(
        "Crossover, additives and solvent",
        "A species of the counter electrode diffuses through a porous separator and is reduced at sodium; its current counts in "
        "that of the electrode. An additive in a closed separator is used up by a reaction of first order at the metal. A solvent "
        "is used up by all of the charge that the Coulombic efficiency loses. In pores, D = D_0 ε^1.5 (Bruggeman), and c is stored in the part ε.",
        (
            Claim(
                "crossover", "flux and parasitic current", "current density", ("crossover",), crossover, is_check=True
            ),
            Claim("additive", "time until it is exhausted", "time", ("additive",), additive, is_check=True),
            Claim("solvent", "time until it is dry", "time", ("dry_out",), solvent, is_check=True),
        ),
        (
            Pivot("crossover", "Parasitic current density, A/m²", "parasitic_current_density_mean", "L", "k"),
            Pivot("additive", "Time until a hundredth is left, s", "exhausted", "eps", "k"),
        ),
    ),
)
