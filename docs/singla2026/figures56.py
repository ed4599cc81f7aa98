"""Figures 5 and 6: heat of a poor SEI, its temperature gradient, and what that does to the current."""

from __future__ import annotations

from itertools import pairwise
from math import nan, sqrt

from claim import CHECK, Claim, Figure, Finding, Panels, Pivot, Tables, chain, falls, found, rises
from kept_table import Rows, Value

from singla2026 import closed_forms

KAPPAS, DIFFUSIVITIES = (1e-5, 2e-5, 4e-5, 8e-5), (9.615e-8, 1.923e-7, 3.846e-7, 7.692e-7)
OWN = 1.923e-7
TEMPERATURES = (0.0, 25.0, 60.0)
RESISTANCES = (0.0, 1e-5, 2e-5, 4e-5, 1e-4)
SHAPES = {
    "28 nm, metal's side": "../../meshes/wavy_sei_calibrated.msh",
    "28 nm, electrolyte's side": "../../meshes/wavy_sei_calibrated_electrolyte.msh",
    "20 nm, metal's side": "../../meshes/wavy_sei_coarse.msh",
}


def hottest_at_thin_spot(tables: Tables) -> Finding:
    rows, shapes = tables["fig5_sei_conductivity"], tables["fig5_geometry"]
    cases, lines = {}, []
    for D in DIFFUSIVITIES:
        for kappa in KAPPAS:
            thin, thick = (rows.one(f"{spot}_upper", kappa=kappa, diffusivity=D) for spot in ("thin", "thick"))
            cases[f"{kappa:g}, {D:g}"] = thin > thick
    for name, mesh in SHAPES.items():
        for kappa in (1e-5, 2e-5):
            thin, thick = (shapes.one(f"{spot}_upper", kappa=kappa, wave=mesh) for spot in ("thin", "thick"))
            cases[f"{name}, {kappa:g}"] = thin > thick
            if kappa == 1e-5:
                rise = shapes.one("sei_hottest", kappa=kappa, wave=mesh) - 298.15
                lines.append(f"{name}: {1e6 * (thin - thick):.2g} µK of {1e6 * rise:.3g} µK")
    heat = [rows.one(f"heat_{end}", kappa=1e-5, diffusivity=OWN) for end in ("largest", "smallest")]
    numbers = (
        f"heat {heat[0]:.3g} W/m³ at the thin spot, {heat[1]:.2g} at the thick one; T of the outer side, thin minus thick, "
        f"κ/k_b = 1e-5, {'; '.join(lines)}. Where the SEI alone resists, that side is an isotherm, κV²/(2k) above the metal: "
        "what differs is the rest"
    )
    holding = [name for name in SHAPES if cases[f"{name}, 1e-05"]]
    return found(cases, numbers, f"wave with {', '.join(holding) or 'none'}")


def poorer_is_steeper(tables: Tables) -> Finding:
    rows = tables["fig5_sei_conductivity"]
    cases = {f"{D:g}": falls(rows.series("slope_largest", "kappa", diffusivity=D)[:2]) for D in DIFFUSIVITIES}
    shapes = tables["fig5_geometry"]
    cases |= {name: falls(shapes.series("slope_largest", "kappa", wave=mesh)) for name, mesh in SHAPES.items()}
    own = rows.series("slope_largest", "kappa", diffusivity=OWN)
    mean = rows.series("slope_mean", "kappa", diffusivity=OWN)
    numbers = f"largest {chain(own[:2])} K/m, mean {chain(mean[:2])} K/m for κ/k_b = 1e-5 → 2e-5"
    return found(cases, numbers, "part of the swept cases")


def falls_with_both(tables: Tables) -> Finding:
    rows = tables["fig5_sei_conductivity"]
    cases = {f"D = {D:g}": falls(rows.series("slope_largest", "kappa", diffusivity=D)) for D in DIFFUSIVITIES}
    cases |= {f"κ = {k:g}": falls(rows.series("slope_largest", "diffusivity", kappa=k)) for k in KAPPAS}
    numbers = (
        f"{chain(rows.series('slope_largest', 'kappa', diffusivity=OWN))} K/m with κ/k_b = 1e-5 to 8e-5, "
        f"{chain(rows.series('slope_largest', 'diffusivity', kappa=1e-5))} K/m with the diffusivity doubled thrice, at "
        "constant heat capacity: a steady state knows the conductivity only"
    )
    return found(cases, numbers, "part of the map")


def voltage(tables: Tables) -> Finding:
    rows = tables["fig5_geometry"]
    lines = []
    for amplitude, mesh in ((28e-9, SHAPES["28 nm, metal's side"]), (20e-9, SHAPES["20 nm, metal's side"])):
        for kappa in (1e-5, 2e-5):
            found_there = rows.one("voltage_drop", kappa=kappa, wave=mesh)
            column = closed_forms.CURRENT * sqrt(closed_forms.THICKNESS**2 - amplitude**2) / (kappa * 5e-4)
            lines.append(f"{found_there:.1f} V ({column:.1f})")
    return Finding(
        CHECK,
        f"with κ/k_b = 1e-5, 2e-5: {', '.join(lines[:2])} with the wave of 28 nm, {', '.join(lines[2:])} with 20 nm; in "
        "brackets i √(d² − a²)/κ. The figure needs such a voltage across 50 nm",
    )


def finer_mesh(tables: Tables) -> Finding:
    rows = tables["fig5_geometry"]
    fine = "../../meshes/wavy_sei.msh"
    change = [
        max(
            abs(rows.one(o, kappa=k, wave=fine) / rows.one(o, kappa=k, wave=SHAPES["20 nm, metal's side"]) - 1)
            for k in (1e-5, 2e-5)
        )
        for o in ("slope_largest", "slope_mean", "theta")
    ]
    return Finding(CHECK, "largest and mean slope and theta change by " + ", ".join(f"{c:.1e}" for c in change))


# ---------------------------------------------------------------------- Figure 6


def hotter(tables: Tables) -> Finding:
    rows = tables["fig6_interfacial_resistance"]
    rise = {T: [v - 273.15 - T for v in rows.series("sei_hottest", "R", T=T)] for T in TEMPERATURES}
    cases = {f"{T:g} °C": rises(values) for T, values in rise.items()}
    lines = [f"{chain([1e3 * v for v in values], 3)} mK at {T:g} °C" for T, values in rise.items()]
    return found(
        cases,
        f"hottest point over the cell's temperature, R_int = 0, 1e-5, 2e-5, 4e-5, 1e-4: {'; '.join(lines)}",
        "part",
    )


def reversal(tables: Tables) -> Finding:
    rows, others = tables["fig6_interfacial_resistance"], tables["fig6_electrolyte"]
    cases, agree, total = {}, 0, 0
    for T in TEMPERATURES:
        mean = rows.series("slope_mean", "R", T=T)
        cases[f"{T:g} °C"] = mean[-1] < 0
        agree += sum((m < 0) == (closed_forms.reversal() < R) for m, R in zip(mean, RESISTANCES, strict=True))
        total += len(mean)
    for k_e in (0.05, 0.2, 0.5):
        mean = others.series("slope_mean", "R", k_e=k_e)
        cases[f"k_e = {k_e:g}"] = mean[-1] < 0
        border = closed_forms.HEIGHT / k_e
        agree += sum((m < 0) == (border < R) for m, R in zip(mean, (5e-6, 2e-5, 4e-5, 1e-4), strict=True))
        total += len(mean)
    own = rows.series("slope_mean", "R", T=25)
    numbers = (
        f"mean dT/dy in the SEI {chain(own, 3)} K/m at 25 °C for R_int = 0, 1e-5, 2e-5, 4e-5, 1e-4; of a flat "
        f"film it reverses at R_int = H_e/k_e, {closed_forms.reversal():.3g} K m²/W here, which gives the sign of {agree} of "
        f"{total} runs with H_e/k_e from 1e-5 to 1e-4; the wave moves the border to {_border(own):.2g}"
    )
    return found(cases, numbers, "R_int > H_e/k_e")


def _border(mean: list[float]) -> float:
    """Return the R_int at which the mean gradient changes sign, between runs; nan where it does not."""
    for (low, a), (high, b) in pairwise(zip(RESISTANCES, mean, strict=True)):
        if a * b < 0:
            return low + (high - low) * a / (a - b)
    return nan


def _steepest(rows: Rows, *places: str, **fixed: Value) -> float:
    """Return the largest |dT/dy|, K/m, of the outputs named."""
    return max(abs(rows.one(f"slope_{place}", **fixed)) for place in places)


def steepens(tables: Tables) -> Finding:
    """Judge in the SEI alone and anywhere: the paper does not say which it counts."""
    rows = tables["fig6g_sei"]
    cases, lines, agree, total = {}, [], 0, 0
    for k in (0.3, 0.5, 0.9, 1.5):
        for name, places in {
            "SEI": ("largest", "smallest"),
            "anywhere": ("largest", "smallest", "in_electrolyte"),
        }.items():
            changes = []
            for T in (0, 60):
                without, with_it = (_steepest(rows, *places, R=R, T=T, k_sei=k) for R in (0, 1e-5))
                changes.append(with_it - without)
            cases[f"{name}, {k:g}"] = all(c > 0 for c in changes) and falls(changes)
            lines.append(f"{name}, k_SEI = {k:g}: {chain(changes, 3)}")
        agree += cases[f"anywhere, {k:g}"] == closed_forms.steepens(1e-5, k)
        total += 1
    holding = [f"{k:g}" for k in (0.3, 0.5, 0.9, 1.5) if cases[f"anywhere, {k:g}"]]
    border = closed_forms.CONDUCTIVITY * (1 + closed_forms.reversal() / 1e-5)
    numbers = (
        f"largest abs(dT/dy), R_int = 1e-5 less without, at 0 → 60 °C, {'; '.join(lines)} K/m; the closed form of a flat film, "
        f"k_SEI > {border:.2f} W/m/K here, agrees at {agree} of {total} k_SEI; on the wave it holds from {holding[0] if holding else 'none'}"
    )
    where = "R/(R + H_e/k_e) > k_e/k_SEI, counted in the electrolyte, through which the heat then leaves; in the SEI itself nowhere"
    return found(cases, numbers, where)


# ---------------------------------------------------------------------- Figures 5 and 6 into 4

SOURCES = ((1e-5, 0.0), (2e-5, 0.0), (2e-5, 1e-4))
"""kappa_SEI/k_b and R_int."""
WITHOUT = "{closure: seebeck, seebeck_coefficient: 0"
CLOSURES = {
    "consistent": "{closure: seebeck, seebeck_coefficient: S_ion",
    "uniform, κ_T of the SEI": "{closure: uniform_flux, thermoelectric_conductivity: k_ratio",
    "uniform, κ_T of the electrolyte": "{closure: uniform_flux, thermoelectric_conductivity: 0.883",
}
SIGNIFICANT = 0.01
"""Share of theta; ours, since the paper gives no number."""


def own_heat(tables: Tables) -> Finding:
    rows = tables["figs5_6_into_4"]
    cases, lines = {}, []
    for name, closure in CLOSURES.items():
        changes = []
        for kappa, R in SOURCES:
            off, on = (rows.one("theta", kappa=kappa, R=R, closure=c) for c in (WITHOUT, closure))
            changes.append(on / off - 1)
            cases[f"{name}, {kappa:g}, {R:g}"] = abs(changes[-1]) > SIGNIFICANT
        lines.append(f"{name} {', '.join(f'{c:+.1e}' for c in changes)}")
    off = [rows.one("theta", kappa=k, R=R, closure=WITHOUT) for k, R in SOURCES]
    slope = [rows.one("slope_mean", kappa=k, R=R, closure=WITHOUT) for k, R in SOURCES]
    numbers = (
        f"(κ/k_b, R_int) = (1e-5, 0), (2e-5, 0), (2e-5, 1e-4): theta without {', '.join(f'{v:.4g}' for v in off)}, mean dT/dy "
        f"{', '.join(f'{v:.3g}' for v in slope)} K/m; relative change of theta: {'; '.join(lines)}"
    )
    where = (
        "only if the electrolyte's κ_T drives a uniform current through the SEI too. κ_T = κ S_T R T/F of an SEI "
        "as poor as"
        "Figure 5 needs, or the consistent closure, leaves theta as it is"
    )
    return found(cases, numbers, where)


def gradients_given(tables: Tables) -> Finding:
    rows = tables["figs5_6_into_4"]
    errors = []
    for kappa, R in SOURCES:
        given = rows.one("mean_gradient", kappa=kappa, R=R, closure=WITHOUT)
        errors.append(given / rows.one("slope_mean", kappa=kappa, R=R, closure=WITHOUT) - 1)
    return Finding(CHECK, f"to {', '.join(f'{e:.1e}' for e in errors)} of the mean dT/dy that the runs have")


HEAT, SHAPE, RESISTANCE = "fig5_sei_conductivity", "fig5_geometry", "fig6_interfacial_resistance"
FIGURES = (
    Figure(
        "Figure 5",
        "25 °C, isothermal metal, κ_SEI/k_b = 1e-5 and 2e-5. The far side of the electrolyte is held at 25 °C "
        "too, which the paper"
        "does not state.",
        (
            Claim(
                "5b-f",
                "the SEI is hottest near its thin spot",
                "T of the outer side",
                (HEAT, SHAPE),
                hottest_at_thin_spot,
            ),
            Claim(
                "5b-f",
                "the poorer SEI has the steeper gradient",
                "largest and mean dT/dy in the SEI",
                (HEAT, SHAPE),
                poorer_is_steeper,
            ),
            Claim(
                "5g",
                "the steepest gradient falls as conductivity and thermal diffusivity rise",
                "largest dT/dy",
                (HEAT,),
                falls_with_both,
            ),
            Claim(
                "5",
                "not in the paper: the voltage that the figure needs",
                "voltage drop",
                (SHAPE,),
                voltage,
                is_check=True,
            ),
            Claim(
                "5", "not in the paper: the effect of a finer mesh", "dT/dy, theta", (SHAPE,), finer_mesh, is_check=True
            ),
        ),
        (Pivot(HEAT, "Largest dT/dy, K/m", "slope_largest", "diffusivity", "kappa"),),
        tuple(
            Panels(
                field,
                HEAT,
                f"5b-f: {text}; κ_SEI/k_b = 1e-5 and 2e-5",
                field,
                label,
                ("diffusivity", (OWN,)),
                ("kappa", (1e-5, 2e-5)),
                above=above,
                factor=factor,
            )
            for field, text, label, above, factor in (
                ("joule_heat", "heat produced in the SEI", "heat [GW/m³]", 0.0, 1e-9),
                ("temperature", "temperature of the SEI above that of the cell", "T − 25 °C [µK]", 298.15, 1e6),
                ("temperature_gradient_y", "dT/dy in the SEI", "dT/dy [K/m]", 0.0, 1.0),
            )
        ),
        {
            "fig5_sei_conductivity-slope_largest-over-kappa-and-diffusivity": "5g: largest dT/dy by κ_SEI/k_b and "
            "thermal diffusivity of the SEI; dots are runs"
        },
    ),
    Figure(
        "Figure 6",
        "κ_SEI/k_b = 2e-5; R_int = 0, 1e-5 and 1e-4 K m²/W between metal and SEI, and values near the border.",
        (
            Claim("6a-c", "the SEI gets hotter with R_int", "highest T in the SEI", (RESISTANCE,), hotter),
            Claim(
                "6d-f",
                "the gradient across the SEI is negative at the largest R_int",
                "mean dT/dy in the SEI, signed",
                (RESISTANCE, "fig6_electrolyte"),
                reversal,
            ),
            Claim(
                "6g",
                "R_int = 1e-5 steepens the gradient, more so at low T",
                "largest abs(dT/dy), in the SEI and anywhere",
                ("fig6g_sei",),
                steepens,
            ),
        ),
        (
            Pivot(RESISTANCE, "Mean dT/dy in the SEI, K/m", "slope_mean", "T", "R"),
            Pivot("fig6_electrolyte", "Mean dT/dy in the SEI at 25 °C, K/m", "slope_mean", "k_e", "R"),
        ),
        (
            Panels(
                "temperature",
                RESISTANCE,
                "6a-c: temperature of the SEI above that of the cell, 25 °C; R_int = 0, 1e-5, 1e-4 K m²/W",
                "temperature",
                "T − 25 °C [mK]",
                ("T", (25,)),
                ("R", (0.0, 1e-5, 1e-4)),
                above=298.15,
                factor=1e3,
            ),
            Panels(
                "gradient",
                RESISTANCE,
                "6d-f: dT/dy in the SEI, with its sign; R_int = 0, 1e-5, 1e-4 K m²/W",
                "temperature_gradient_y",
                "dT/dy [K/m]",
                ("T", (25,)),
                ("R", (0.0, 1e-5, 1e-4)),
                both_signs=True,
            ),
        ),
        {"fig6_interfacial_resistance-slope_mean-over-R-by-T": "6: mean dT/dy in the SEI over R_int"},
    ),
    Figure(
        "Figures 5 and 6 into Figure 4",
        "25 °C. theta with and without the thermo-diffusive current that is driven by the heat of the SEI, with "
        "the consistent closure and with the uniform one of the paper, which takes the mean dT/dy of the SEI.",
        (
            Claim(
                "text",
                "the SEI's own gradient is sufficient for a Soret flux that changes theta",
                "theta, by more than 1 %",
                ("figs5_6_into_4",),
                own_heat,
            ),
            Claim(
                "text",
                "not in the paper: the gradients given to the uniform closure are those of the runs",
                "mean dT/dy",
                ("figs5_6_into_4",),
                gradients_given,
                is_check=True,
            ),
        ),
    ),
)
