"""Figure 2: how evenly the current enters the metal, by temperature and activation energies."""

from __future__ import annotations

from itertools import pairwise

from claim import CHECK, Claim, Curves, Figure, Finding, Lines, Panels, Pivot, Tables, chain, falls, found, rises

from singla2026 import closed_forms

RATIOS, TEMPERATURES = (0.67, 0.8, 1.0, 1.25, 1.5), (0.0, 25.0, 60.0)
ACTIVATIONS = (0.0, 10.0, 15.0, 20.0, 25.0, 30.0)
"""Of the reaction, kJ/mol."""
MESHES = {
    "28 nm on the metal's side": "../../meshes/wavy_sei_calibrated.msh",
    "28 nm on the electrolyte's side": "../../meshes/wavy_sei_calibrated_electrolyte.msh",
    "20 nm on the metal's side": "../../meshes/wavy_sei_coarse.msh",
    "20 nm on the electrolyte's side": "../../meshes/wavy_sei_electrolyte.msh",
}
BORDER = "E_SEI against E_r/(1 + (i/2 i0)²) − RT, which is E_r − RT at small currents; E_electrolyte drops out"


def _trend(tables: Tables, ratio: float, rising: bool) -> Finding:
    """Judge whether theta falls (or rises) with T: in the paper's cell, on other geometries, and for other E_r."""
    trend = rises if rising else falls
    own = tables["fig2_activation_ratio"].series("theta", "T", ratio=ratio)
    shapes = {
        name: tables["fig2_geometry"].series("theta", "T", ratio=ratio, wave=mesh) for name, mesh in MESHES.items()
    }
    reactions = {E: tables["fig2_reaction"].series("theta", "T", ratio=ratio, E_r=E) for E in ACTIVATIONS}
    cases = {"own": trend(own)} | {n: trend(v) for n, v in shapes.items()}
    cases |= {f"E_r = {E:g}": trend(v) for E, v in reactions.items()}
    where = [f"{E:g}" for E, v in reactions.items() if trend(v)]
    sign = "<" if rising else ">"
    numbers = (
        f"theta {chain(own, 6)} from 0 to 60 °C; on {sum(map(trend, shapes.values()))} of {len(shapes)} geometries; "
        f"with E_r = {', '.join(where) or 'none'} of {', '.join(f'{E:g}' for E in ACTIVATIONS)} kJ/mol"
    )
    return found(cases, numbers, f"E_SEI {sign} E_r/(1 + (i/2 i0)²) − RT, on every geometry")


def above_one(tables: Tables) -> Finding:
    return _trend(tables, 1.5, rising=False)


def below_one(tables: Tables) -> Finding:
    return _trend(tables, 0.67, rising=True)


def lower_below_one(tables: Tables) -> Finding:
    rows, shapes = tables["fig2_activation_ratio"], tables["fig2_geometry"]
    cases, lines = {}, []
    for output in ("theta", "voltage_drop"):
        low, high = (rows.series(output, "T", ratio=r) for r in (0.67, 1.5))
        lines.append(f"{output.replace('_', ' ')} {chain(low, 4)} against {chain(high, 4)}")
        cases[output] = all(a < b for a, b in zip(low, high, strict=True))
        for name, mesh in MESHES.items():
            pair = [shapes.series(output, "T", ratio=r, wave=mesh) for r in (0.67, 1.5)]
            cases[f"{output}, {name}"] = all(a < b for a, b in zip(*pair, strict=True))
        for E in ACTIVATIONS:
            pair = [tables["fig2_reaction"].series(output, "T", ratio=r, E_r=E) for r in (0.67, 1.5)]
            cases[f"{output}, {E}"] = all(a < b for a, b in zip(*pair, strict=True))
    return found(cases, f"{'; '.join(lines)} V, at 0 to 60 °C", "part of the swept cases")


def flips(tables: Tables) -> Finding:
    """Judge whether the sign flips with the ratio, for each E_r, and compare every sign with the closed form."""
    rows = tables["fig2_reaction"]
    cases, agree, total = {}, 0, 0
    for E in ACTIVATIONS:
        signs = []
        for ratio in (0.67, 1.0, 1.5):
            series = rows.series("theta", "T", ratio=ratio, E_r=E)
            for (cold, warm), (a, b) in zip(pairwise(TEMPERATURES), pairwise(series), strict=True):
                mean = 273.15 + (cold + warm) / 2
                agree += closed_forms.rising(mean, ratio * 15e3, E * 1e3) == (b > a)
                total += 1
            signs.append(rises(series))
        cases[f"{E:g}"] = signs[0] != signs[-1]
    where = ", ".join(E for E, flip in cases.items() if flip)
    numbers = (
        f"with E_r = {where or 'none'} of {', '.join(cases)} kJ/mol the sign differs between 0.67 and 1.5; the closed form "
        f"{BORDER}, gives the sign of {agree} of {total} runs"
    )
    return found(cases, numbers, "0.67 E_e < E_r/(1 + (i/2 i0)²) − RT < 1.5 E_e; the ratio itself does not matter")


def lower_activation(tables: Tables) -> Finding:
    rows = tables["fig2j_reaction_activation"]
    cases = {}
    for ratio in (0.67, 1.0, 1.5):
        for T in (0, 15, 30, 45, 60):
            cases[f"{ratio}, {T}"] = falls(rows.series("theta", "E_r", ratio=ratio, T=T))
    lines = [f"{chain(rows.series('theta', 'E_r', ratio=1.0, T=T))} at {T} °C" for T in (0, 60)]
    numbers = f"ratio 1, E_r from 10 to 20 kJ/mol: {'; '.join(lines)}; in {sum(cases.values())} of {len(cases)} rows of the maps"
    return found(cases, numbers, "part of the map")


def printed_theta(tables: Tables) -> Finding:
    theta = tables["fig2j_reaction_activation"].one("theta", ratio=1.0, T=0, E_r=15)
    expected = closed_forms.theta(273.15, 15e3, 15e3)
    return Finding(
        CHECK,
        f"theta {theta:.4g} at 0 °C, E_r = 15 kJ/mol, ratio 1, with the amplitude of 28 nm that is calibrated to it; "
        f"{expected:.4g} by the closed form of two resistors, of first order in the amplitude",
    )


def finer_mesh(tables: Tables) -> Finding:
    rows = tables["fig2_geometry"]
    pairs = [
        (rows.one("theta", wave=coarse, ratio=r, T=T), rows.one("theta", wave=fine, ratio=r, T=T))
        for coarse, fine in [("../../meshes/wavy_sei_coarse.msh", "../../meshes/wavy_sei.msh")]
        for r in (0.67, 1.5)
        for T in TEMPERATURES
    ]
    return Finding(
        CHECK, f"theta changes by at most {max(abs(b / a - 1) for a, b in pairs):.1e} with cells of half the size"
    )


CASES = ("fig2_activation_ratio", "fig2_geometry", "fig2_reaction")
FIGURE = Figure(
    "Figure 2",
    "Isothermal cell. Every prefactor is frozen at 25 °C and ratio 1; the SEI is uniform.",
    (
        Claim(
            "2a-c, g",
            "E_SEI/E_electrolyte = 1.5: theta falls as T rises from 0 over 25 to 60 °C",
            "theta",
            CASES,
            above_one,
        ),
        Claim("2d-f, h", "E_SEI/E_electrolyte < 1 (0.67): theta rises with T", "theta", CASES, below_one),
        Claim(
            "2a-h",
            "both theta and voltage drop are lower in the second case",
            "theta, voltage drop",
            CASES,
            lower_below_one,
        ),
        Claim("2i", "the sign of dtheta/dT flips with the ratio", "theta", CASES, flips),
        Claim(
            "2j",
            "a lower activation energy of the reaction raises theta at every T, i0's prefactor frozen too",
            "theta",
            ("fig2j_reaction_activation",),
            lower_activation,
        ),
        Claim(
            "2j",
            "theta approaches 1.1 at low temperatures; the geometry is calibrated to this value",
            "theta",
            ("fig2j_reaction_activation",),
            printed_theta,
            is_check=True,
        ),
        Claim(
            "2", "not in the paper: the effect of a finer mesh", "theta", ("fig2_geometry",), finer_mesh, is_check=True
        ),
    ),
    (
        Pivot("fig2_activation_ratio", "theta", "theta", "ratio", "T"),
        Pivot("fig2_activation_ratio", "Voltage drop, V", "voltage_drop", "ratio", "T"),
        Pivot(
            "fig2_reaction",
            "theta with ratio 1.5, by the activation energy of the reaction",
            "theta",
            "E_r",
            "T",
            {"ratio": 1.5},
        ),
        Pivot(
            "fig2_reaction",
            "theta with ratio 0.67, by the activation energy of the reaction",
            "theta",
            "E_r",
            "T",
            {"ratio": 0.67},
        ),
    ),
    (
        Panels(
            "current",
            "fig2_activation_ratio",
            "2a-f: current density in the SEI; above E_SEI/E_electrolyte = 1.5, below 0.67; at 0, 25, 60 °C. The "
            "metal is below, its peak in the middle",
            "current_density",
            "current density [A/m²]",
            ("ratio", (1.5, 0.67)),
            ("T", (0, 25, 60)),
        ),
        Curves(
            "surface",
            "fig2_activation_ratio",
            "2a-f: reaction current along the surface of the metal",
            "current into the metal [A/m²]",
            tuple({"ratio": r, "T": T} for r in (1.5, 0.67) for T in TEMPERATURES),
        ),
        Lines(
            "trend",
            "fig2_activation_ratio",
            "2i: the sign of the trend: theta − 1 over its value at 25 °C",
            "(θ − 1) / (θ − 1 at 25 °C)",
            "T",
            "theta",
            "ratio",
            less=1.0,
            over=25,
        ),
    ),
    {
        "fig2_activation_ratio-theta-over-T-and-ratio": "2i: theta by temperature and ratio; dots are runs",
        "fig2j_reaction_activation-theta-over-T-and-E_r-by-ratio": "2j: theta by temperature and activation energy of the reaction, for three ratios",
        "fig2_activation_ratio-theta-over-T-by-ratio": "2a-h: theta over temperature",
        "fig2_activation_ratio-voltage_drop-over-T-by-ratio": "2a-h: voltage drop over temperature",
    },
)
