"""The SEI: balance of its mass, resistance, and artificial films."""

from __future__ import annotations

import csv
from itertools import product
from math import exp
from pathlib import Path

from claim import CHECK, Claim, Drawn, Figure, Finding, Tables, chain, found
from kept_table import Rows

from oh2026 import film_forms

METALS = {"sodium": (0.10599, 2540.0), "lithium": (0.07389, 2110.0)}
"""Molar mass, kg/mol, and density, kg/m3, of the carbonates."""
LAWS = {
    "constant": "{growth: constant",
    "dissolving": "{dissolution",
    "diffusion": "{growth: diffusion",
    "reaction": "{growth: reaction",
}
"""How the value of each law begins in the table of the sweep."""
WITHIN = 0.1
"""How close a computed voltage has to be to one that the paper prints; ours."""
PRINTED = {30.0: 20e-3, 50.0: 38e-3}
"""Voltage, V, of cells with 3.5 nm of alumina, by the current density, A/m2."""
KAPPAS = (8e-6, 9e-6, 1e-5, 1.1e-5)


def _end(tables: Tables, output: str, metal: str, law: str) -> float:
    return tables["sei_growth"].one(output, metal=metal, law=LAWS[law])


def dissolution_is_a_loss(tables: Tables) -> Finding:
    cases, lines = {}, []
    for metal in METALS:
        alone, less = (1e9 * _end(tables, "sei_thickness_mean", metal, law) for law in ("constant", "dissolving"))
        cases[metal] = less < alone
        lines.append(f"{metal} {alone:.3g} nm without and {less:.3g} nm with dissolution, from 2 nm in 10 h")
    return found(cases, "; ".join(lines), ", ".join(m for m, holds in cases.items() if holds))


def grows_by_its_law(tables: Tables) -> Finding:
    off = dict.fromkeys(LAWS, 0.0)
    for metal, law in product(METALS, LAWS):
        exact = film_forms.thickness(law, *METALS[metal])
        off[law] = max(off[law], abs(_end(tables, "sei_thickness_mean", metal, law) / exact - 1))
    numbers = ", ".join(f"{law} {worst:.0e}" for law, worst in off.items())
    return Finding(CHECK, f"largest relative difference from the closed form: {numbers}")


def resistance_feeds_back(tables: Tables) -> Finding:
    cases, lines = {}, []
    first = film_forms.voltage(film_forms.START)
    for metal, law in product(METALS, LAWS):
        last = -_end(tables, "electrode_potential", metal, law)
        cases[f"{metal}, {law}"] = last > first
        lines.append(f"{metal}, {law}: {1e3 * last:.1f}")
    numbers = f"from {1e3 * first:.1f} mV to, after 10 h, {'; '.join(lines)} mV"
    return found(cases, numbers, ", ".join(name for name, holds in cases.items() if holds))


def reduction_counts_once(tables: Tables) -> Finding:
    off = 0.0
    for metal, law in product(METALS, LAWS):
        entering, parasitic = (_end(tables, n, metal, law) for n in ("entering", "parasitic_current_carbonate"))
        off = max(off, abs(entering - film_forms.PLATED - parasitic))
    return Finding(CHECK, f"what enters less what plates and what reduces: at most {off:.0e} A/m²")


def sodium_against_lithium(tables: Tables) -> Finding:
    lines = []
    for law in LAWS:
        na, li = (_end(tables, "sei_resistance_mean", metal, law) for metal in METALS)
        lines.append(f"{law} {1e4 * na:.3g} and {1e4 * li:.3g}")
    volumes = [1e6 * mass / density for mass, density in METALS.values()]
    return Finding(
        CHECK,
        f"resistance after 10 h, ohm cm², of sodium and lithium: {'; '.join(lines)}. At equal rates per mole and equal "
        f"conductivity it follows the molar volume of the carbonate, {volumes[0]:.1f} and {volumes[1]:.1f} cm³/mol; data "
        "on rates and conductivities, which differ more, would decide",
    )


def _two_coatings(tables: Tables, kappa: float, current: float) -> float:
    rows = tables["film_stack"]
    return 2 * rows.one("film_drop", thick=3.5e-9, kappa=kappa, native=0, i=current)


def alumina_is_ohmic(tables: Tables) -> Finding:
    cases, lines = {}, []
    for kappa in KAPPAS:
        volts = {i: _two_coatings(tables, kappa, i) for i in PRINTED}
        cases[f"{kappa:g}"] = all(abs(volts[i] / PRINTED[i] - 1) < WITHIN for i in PRINTED)
        lines.append(f"{kappa:g} S/m: {chain([1e3 * v for v in volts.values()], 3)} mV")
    # 2 i d/kappa within a tenth of both values.
    low = max(2 * i * 3.5e-9 / (v * (1 + WITHIN)) for i, v in PRINTED.items())
    high = min(2 * i * 3.5e-9 / (v * (1 - WITHIN)) for i, v in PRINTED.items())
    where = f"a conductivity of {low:.2e} to {high:.2e} S/m (2 i d/κ within a tenth of both)"
    return found(cases, f"two coatings at 30 → 50 A/m²: {'; '.join(lines)}", where)


def reaction_leaves_no_room(tables: Tables) -> Finding:
    rows = tables["film_stack"]
    own = [-rows.one("electrode_potential", thick=3.5e-9, kappa=1e-5, native=0, i=i) for i in PRINTED]
    coat = [rows.one("film_drop", thick=3.5e-9, kappa=1e-5, native=0, i=i) for i in PRINTED]
    least = film_forms.R * film_forms.T / film_forms.F * 30.0 / 10e-3
    return Finding(
        CHECK,
        f"at i0 = 20 A/m² reaction and electrolyte take {1e3 * (own[0] - coat[0]):.0f} mV per electrode at 30 A/m², more "
        f"than all of the printed 20 mV of a cell of two; those need i0 > {least:.0f} A/m² even without any drop in a film",
    )


def films_add_up(tables: Tables) -> Finding:
    rows = tables["film_stack"]
    both, alumina, native = (
        rows.one("stack_resistance_mean", thick=d, kappa=1e-5, native=n, i=30)
        for d, n in ((3.5e-9, 50), (3.5e-9, 0), (0, 50))
    )
    return Finding(
        CHECK,
        f"{1e4 * alumina:.3g} and {1e4 * native:.3g} make {1e4 * both:.3g} ohm cm² (off by {abs(both / (alumina + native) - 1):.0e})",
    )


def graded_film(tables: Tables) -> Finding:
    rows, d, kappa, i = tables["film_graded"], 50e-9, 5e-6, 10.0
    reaction = film_forms.R * film_forms.T / (film_forms.F * film_forms.I0)
    steepness = [float(g) for g in rows.different("g")]
    resistance = [-phi / i - reaction for phi in rows.series("electrode_potential", "g")]
    expected = [d / kappa * (exp(g) - 1) / g for g in steepness]
    worst = max(abs(r / e - 1) for r, e in zip(resistance, expected, strict=True))
    return Finding(
        CHECK,
        f"{1e4 * d / kappa:g} ohm cm² of a uniform film become {chain([1e4 * r for r in resistance], 4)} ohm cm² where the "
        f"conductivity falls outwards by exp(g), g = {chain(steepness, 2)}; off by at most {worst:.0e} from "
        "(d/κ) (exp(g) − 1)/g, the integral of dx/κ",
    )


def thick_fluoride(tables: Tables) -> Finding:
    rows = tables["film_stack"]
    fluoride, phosphide = (
        rows.one("film_drop", thick=d, kappa=k, native=0, i=30) for d, k in ((2e-5, 4e-12), (1e-5, 0.012))
    )
    return Finding(
        CHECK,
        f"20 µm of dense NaF would take {fluoride:.1e} V at 30 A/m², 10 µm of Na3P {1e3 * phosphide:.0f} mV: a layer of NaF "
        "of tens of µm that passes such a current conducts through pores, grain borders or another phase",
    )


def chloride_on_nasicon(tables: Tables) -> Finding:
    before, after, current = 1252.0, 68.0, 2e-3
    return Finding(
        CHECK,
        f"{before:g} → {after:g} ohm is a factor of {before / after:.1f}. The area is not printed: for 1 cm², 2 mA/cm² need "
        f"{before * current:.2f} V before and {after * current:.2f} V after, and a layer of 1.67 µm conducts with at least "
        f"{1.67e-6 / (after * 1e-4):.1e} S/m",
    )


def _draw_resistance(rows: Rows, folder: Path, path: Path) -> None:
    """Draw the resistance over time of every law and both metals."""
    from matplotlib.figure import Figure as Canvas
    from panels import save

    figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for metal, style in (("sodium", "-"), ("lithium", "--")):
        for number, (law, begins) in enumerate(LAWS.items()):
            case = folder / "cases" / f"{rows.number(metal=metal, law=begins):04d}" / "outputs.csv"
            with case.open(encoding="utf-8", newline="") as stream:
                header, *lines = list(csv.reader(stream))
            names = [name.partition(" [")[0] for name in header]
            time, resistance = (names.index(n) for n in ("time", "sei_resistance_mean"))
            ax.plot(
                [float(line[time]) / 3600 for line in lines],
                [1e4 * float(line[resistance]) for line in lines],
                style,
                color=f"C{number}",
                label=f"{metal}, {law}",
            )
    ax.set(xlabel="time [h]", ylabel="resistance of the SEI [ohm cm²]")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="x-small", ncols=2)
    save(figure, path)


GROWTH, STACK = ("sei_growth",), ("film_stack",)
FIGURES = (
    Figure(
        "Growth of the SEI (eq. 1)",
        "Balance of mass of the SEI, dm/dt = Σ W (s_prec − s_diss), for sodium and lithium, with each law of growth. As "
        "printed, with a minus in front, precipitation would thin the film; we take precipitation as the gain.",
        (
            Claim("eq. 1", "dissolution thins the SEI", "thickness after 10 h", GROWTH, dissolution_is_a_loss),
            Claim(
                "eq. 1",
                "a thicker SEI resists more, and the overpotential rises with it",
                "potential of the electrode",
                GROWTH,
                resistance_feeds_back,
            ),
            Claim(
                "eq. 1", "each law of growth has its closed form", "thickness", GROWTH, grows_by_its_law, is_check=True
            ),
            Claim(
                "eq. 1",
                "the current of the reduction enters the balance of charge once",
                "current that enters",
                GROWTH,
                reduction_counts_once,
                is_check=True,
            ),
            Claim(
                "eq. 1",
                "sodium against lithium, at the same rates",
                "resistance",
                GROWTH,
                sodium_against_lithium,
                is_check=True,
            ),
        ),
        (),
        (
            Drawn(
                "resistance",
                "sei_growth",
                "resistance of the SEI over time; with dissolution, two fifths of what precipitates dissolves",
                _draw_resistance,
            ),
        ),
    ),
    Figure(
        "Artificial films",
        "Printed: thicknesses; the voltage of cells with 3.5 nm of alumina; conductivity and activation energy of Na3P; "
        "the resistance of NZSP with and without BiCl3. It follows: what a film of a conductivity takes at a current. "
        "Assumed: conductivities of alumina (from the printed voltage, if all of it falls in two coatings), of NaF (a "
        "crystal's), and that films are dense. The material files of NaBr and alucone have no conductivity, since we know of none; that of Na3OCl is assumed.",
        (
            Claim(
                "Al2O3",
                "cells with 3.5 nm of alumina at both electrodes need 20 mV at 30 and 38 mV at 50 A/m², by ohmic drop in it",
                "drop in the coatings, within a tenth",
                STACK,
                alumina_is_ohmic,
            ),
            Claim("Al2O3", "what the reaction takes", "potential", STACK, reaction_leaves_no_room, is_check=True),
            Claim("stacks", "films in series add up", "resistance", STACK, films_add_up, is_check=True),
            Claim("graded", "a graded film", "resistance", ("film_graded",), graded_film, is_check=True),
            Claim("NaF, Na3P", "films of tens of µm", "drop in the film", STACK, thick_fluoride, is_check=True),
            Claim("BiCl3", "1252 → 68 ohm of NZSP", "arithmetic", (), chloride_on_nasicon, is_check=True),
        ),
    ),
)
