"""A wave of the metal under a solid electrolyte: Monroe and Newman's problem, and the growth that the reaction itself gives."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, product
from pathlib import Path

import yaml
from claim import CHECK, Claim, Figure, Finding, Lines, Pivot, Tables, chain, found

from lee2019 import closed_forms as exact

_MATERIALS = Path(__file__).resolve().parents[2] / "plugins" / "trona_plugins" / "materials"
SOLIDS = (
    "soft_sei_sodium",
    "sodium_polymer",
    "alumina_pvdf_hfp",
    "na2s_p2s5",
    "na3ps4",
    "na3sbs4",
    "na3pse4",
    "sodium_antiperovskite",
    "nasicon",
    "nasicon_sc",
    "nasicon_la",
    "naf",
    "na2o",
    "beta_alumina",
)
GROWN = ("sodium_polymer", "na3ps4", "sodium_antiperovskite", "nasicon", "beta_alumina")
PRINTED = 5.2e9
"""Shear modulus that the review asks for over sodium, Pa."""
BETWEEN = (1.8, 2.2)
"""Ratio of shear moduli at the border, as printed."""
NEAR = 0.03
"""The mesh moves a border by less than this part of it."""
VOLUMES = (100.0, 2.0, 0.11)
"""v: partial molar volume of the ion over the molar volume of the metal."""
LAYERS = ((0.24, 2.0), (0.33, 2.0), (0.375, 2.0), (0.45, 2.0), (0.33, 0.3), (0.33, 0.1))
"""Poisson ratio and thickness, um, of the electrolyte."""
FORMS, SHARES, STICKING = ("hydrostatic", "normal"), (2.7e-6, 1.64e-5, 4e-5), (0.0, 1e18)
"""Stress of the metal that counts; partial molar volume of the ion, m3/mol; stiffness against sliding, Pa/m."""


def elastic(material: str) -> tuple[float, float]:
    """Return the shear modulus, Pa, and the Poisson ratio of a material, 0.33 where none is known."""
    text = (_MATERIALS / f"{material}.yaml").read_text(encoding="utf-8")
    properties: Mapping[str, Mapping[str, object]] = yaml.safe_load(text)["properties"]
    units = {"Pa": 1.0, "MPa": 1e6, "GPa": 1e9}

    def pascals(name: str) -> float:
        number, unit = str(properties[name]["value"]).split()
        return float(number) * units[unit]

    if "shear_modulus" in properties:
        return pascals("shear_modulus"), 0.33
    nu = float(str(properties["poisson_ratio"]["value"]))
    return pascals("youngs_modulus") / (2 * (1 + nu)), nu


def chi(tables: Tables, v: float, nu: float, d: float) -> list[float]:
    """Return chi over Omega_M, Pa per metre of height, over the ratios of the deck."""
    rows = tables["monroe_newman"]
    names = ("p_metal", "p_electrolyte", "n_metal", "n_electrolyte", "height")
    columns = (rows.series(name, "ratio", nu=nu, d=d) for name in names)
    return [
        ((1 - v) * (p_M + p_e) + (1 + v) * (n_M + p_M - n_e - p_e)) / 2 / abs(h)
        for p_M, p_e, n_M, n_e, h in zip(*columns, strict=True)
    ]


def borders(tables: Tables, v: float, nu: float, d: float) -> list[tuple[float, bool]]:
    """Return the ratios at which chi changes its sign, and whether a wave fades above each."""
    ratios = [float(text) for text in tables["monroe_newman"].different("ratio")]
    points = list(zip(ratios, chi(tables, v, nu, d), strict=True))
    return [(a + (b - a) * x / (x - y), y < 0) for (a, x), (b, y) in pairwise(points) if x * y < 0]


def _told(found_: list[tuple[float, bool]], values: list[float]) -> str:
    if not found_:
        return "fades at all ratios" if values[0] < 0 else "grows at all ratios"
    return ", ".join(f"{ratio:.2f} (fades {'above' if above else 'below'})" for ratio, above in found_)


def changes_at_twice(tables: Tables) -> Finding:
    cases, lines = {}, []
    low, high = BETWEEN[0] * (1 - NEAR), BETWEEN[1] * (1 + NEAR)
    for v, (nu, d) in product(VOLUMES, LAYERS):
        name = f"v {v:g}, Poisson ratio {nu:g}, {d:g} µm"
        at = borders(tables, v, nu, d)
        cases[name] = len(at) == 1 and at[0][1] and low <= at[0][0] <= high
        lines.append(f"{name}: {_told(at, chi(tables, v, nu, d))}")
    where = "; ".join(name for name, holds in cases.items() if holds)
    numbers = f"border, half a wave being 1 µm: {'; '.join(lines)}"
    return found(cases, numbers, f"v ≫ 1, a Poisson ratio between 0.33 and 0.375, a thick layer ({where})")


def border_in_closed_form(tables: Tables) -> Finding:
    lines = []
    for nu, d in LAYERS:
        if d == max(thickness for _, thickness in LAYERS):
            # For large v: a linear combination of two values of v is what is left for infinite v.
            values = [b - a for a, b in zip(chi(tables, 0, nu, d), chi(tables, 1, nu, d), strict=True)]
            ratios = [float(text) for text in tables["monroe_newman"].different("ratio")]
            points = list(zip(ratios, values, strict=True))
            at = [a + (b - a) * x / (x - y) for (a, x), (b, y) in pairwise(points) if x * y < 0]
            lines.append(f"Poisson ratio {nu:g}: {chain(at, 4)} by the runs, {exact.border(nu):.4g}")
    return Finding(CHECK, f"for v → ∞ and 2 µm: {'; '.join(lines)}")


def of_sodium(tables: Tables) -> Finding:
    lines = []
    for name in SOLIDS:
        shear, nu = elastic(name)
        over = shear / exact.SHEAR
        verdict = "above" if over > exact.border(nu) else "below"
        lines.append(f"{name} {over:.3g} ({verdict} {exact.border(nu):.3g})")
    low, high = (ratio * exact.SHEAR / 1e9 for ratio in BETWEEN)
    return Finding(
        CHECK,
        f"sodium has {exact.SHEAR / 1e9:.3g} GPa here, of which 5.2 GPa is {PRINTED / exact.SHEAR:.3g} times, and 1.8 to 2.2 times are "
        f"{low:.2g} to {high:.2g} GPa; 3 (3 − 4 ν)/(1 + 4 ν) is as much as that at ν = 0.25. Shear modulus over that of sodium, "
        f"beside the border at the material's own Poisson ratio: {', '.join(lines)}",
    )


def stiff_ones_suppress(tables: Tables) -> Finding:
    rows, cases, lines, where = tables["waves"], {}, [], []
    ways = list(product(FORMS, STICKING))
    for material, volume in product(GROWN, SHARES):
        rates = [
            rows.one("growth_rate", material=material, stress=form, Omega_ion=volume, sticking=sticking)
            for form, sticking in ways
        ]
        name = f"{material} at Ω_ion/Ω_M = {volume / exact.VOLUME:.2f}"
        right = [(rate < 0) == (elastic(material)[0] > PRINTED) for rate in rates]
        cases |= {f"{name}, {form}, {sticking:g}": holds for (form, sticking), holds in zip(ways, right, strict=True)}
        if any(right):
            where.append(name if all(right) else f"{name} ({sum(right)} of {len(right)})")
        lines.append(f"{name}: {', '.join(f'{rate:.2g}' for rate in rates)}")
    told = ", ".join(f"{form} {'sticking' if sticking else 'sliding'}" for form, sticking in ways)
    return found(cases, f"1/s, {told}: {'; '.join(lines)}", ", ".join(where))


def what_decides(tables: Tables) -> Finding:
    rows, lines = tables["waves"], []
    for form, sticking in product(FORMS, STICKING):
        grows = {
            volume: [
                rows.one("growth_rate", material=m, stress=form, Omega_ion=volume, sticking=sticking) > 0 for m in GROWN
            ]
            for volume in SHARES
        }
        told = ", ".join(f"{volume / exact.VOLUME:.2f}: {sum(g)} of {len(g)} grow" for volume, g in grows.items())
        lines.append(f"{form}, {'sticks' if sticking else 'slides'}: {told}")
    borders_ = ", ".join(f"{form} {chain([exact.equal_volumes(form, nu) for nu in (0.25, 0.45)], 3)}" for form in FORMS)
    return Finding(
        CHECK,
        f"materials under which the wave grows, by Ω_ion/Ω_M, {'; '.join(lines)}; where it slides, the border in closed form is "
        f"Ω_ion/Ω_M = (1 + ν_M)/(1 + ν_e) for the hydrostatic stress and 3/(2 (1 + ν_e)) for the normal one, {borders_} for ν_e = "
        "0.25 → 0.45, at every modulus",
    )


def dispersion(tables: Tables) -> Finding:
    rows, worst, off = tables["waves"], 0.0, 0.0
    for material, form, volume in product(GROWN, FORMS, SHARES):
        fixed = {"material": material, "stress": form, "Omega_ion": volume, "sticking": 0.0}
        runs = rows.one("shift_per_height", **fixed)
        expected = exact.shift(form, *elastic(material), volume) + exact.OF_TENSION
        worst = max(worst, abs(runs - expected) / exact.shift("normal", *elastic(material), 0.0))
        if material == "beta_alumina":
            off = max(off, abs(rows.one("growth_rate", **fixed) / exact.rate(runs, _CONDUCTIVITY) - 1))
    return Finding(
        CHECK,
        f"overpotential per height, sliding: off by at most {100 * worst:.2g} % of Ω_M p/F; growth rate under beta-alumina by the "
        f"overpotential of the run: off by {100 * off:.2g} %",
    )


def focusing(tables: Tables) -> Finding:
    rows, off, lines = tables["focusing"], 0.0, []
    for material in GROWN:
        for current in (1.0, 10.0, 100.0):
            closed = exact.focused(current, _CONDUCTIVITIES[material])
            off = max(off, abs(rows.one("focused", material=material, I=current) / closed - 1))
        stress = exact.shift("normal", *elastic(material), 0.0) + exact.OF_TENSION
        lines.append(f"{material} {stress * _CONDUCTIVITIES[material]:.2g}")
    return Finding(
        CHECK,
        f"plating current on the crests per height, at 1, 10, 100 A/m²: off by at most {100 * off:.1g} %. Focusing counts as much as "
        f"stress and tension together at I = κ E, with the normal stress, sliding and Ω_ion = 0, in A/m²: {', '.join(lines)}",
    )


_CONDUCTIVITIES = {
    "sodium_polymer": 1e-4,
    "na3ps4": 0.03,
    "sodium_antiperovskite": 0.32,
    "nasicon": 0.06,
    "beta_alumina": 0.21,
}
"""Of the materials at 25 °C, S/m."""
_CONDUCTIVITY = 0.21
"""Of beta_alumina, S/m; next to no resistance, so that it need not be exact."""
PROBLEM, GROWTH = ("monroe_newman",), ("waves",)
FIGURES = (
    Figure(
        "Ratio of shear moduli (Monroe and Newman)",
        "The review asks for a shear modulus of 1.8 to 2.2 times that of the metal, 5.2 GPa over sodium, after Monroe and Newman (J. "
        "Electrochem. Soc. 152 (2005) A396). Their problem: two bonded solids are deformed to a wave. With p = −tr(σ)/3 and τ = "
        "n·σn + p per height at the crest, χ/Ω_M = (1 − v)/2 (p_M + p_e) + (1 + v)/2 (τ_M − τ_e), v = Ω_ion/Ω_M; their current at "
        "the crest changes by a factor exp[(1 − α) χ h/RT] at a given surface overpotential, so that a wave fades where χ < 0. For "
        "v → ∞ and thick solids χ is zero where **G_e/G_M = 3 (3 − 4 ν_e)/(1 + 4 ν_e)**: 2.17 at ν_e = 0.33, 1.8 at 0.375. The "
        "metal's Poisson ratio drops out. The force that holds the wave in its shape acts on one of the solids, so that "
        "their normal stresses differ, which no deposit makes: see the next section.",
        (
            Claim(
                "text",
                "a wave fades where the shear modulus of the electrolyte is more than 1.8 to 2.2 times that of the metal",
                "ratio at which χ changes its sign, to 3 %",
                PROBLEM,
                changes_at_twice,
            ),
            Claim("border", "3 (3 − 4 ν)/(1 + 4 ν)", "sign of χ", PROBLEM, border_in_closed_form, is_check=True),
            Claim(
                "5.2 GPa",
                "the border for sodium, and the materials",
                "shear modulus",
                PROBLEM,
                of_sodium,
                is_check=True,
            ),
        ),
        (
            Pivot(
                "monroe_newman", "χ/Ω_M at v = 100 and 2 µm, Pa/m, by Poisson ratio", "chi", "nu", "ratio", {"d": 2.0}
            ),
        ),
        (
            Lines(
                "chi",
                "monroe_newman",
                "χ/Ω_M at v = 100 over the ratio of shear moduli, electrolyte of 2 µm; a wave fades where it is negative",
                "χ/Ω_M [Pa/m]",
                "ratio",
                "chi",
                "nu",
                {"d": 2.0},
            ),
        ),
    ),
    Figure(
        "Growth of a wave by the reaction",
        "Here the deposit of the crests lifts the electrolyte, normal stresses are equal on both sides, the potential of the "
        "metal is uniform, and stress shifts the equilibrium of the reaction: η_σ = (Ω_ion σ_e − Ω_M σ_M)/F, with σ_M the "
        "hydrostatic stress of the metal or that along its normal. The wave grows at the rate ω = −(Ω_M/F) (E + γ Ω_M k²/F)/[1/g + "
        "1/(κ k tanh(k L))], with E = η_σ/h at the crest, g the slope of the reaction and κ, L those of the electrolyte. No "
        "current flows on average in these runs. A plating current I is focused on the crests, which adds −I/κ to E: a mesh with "
        "the wave in it shows that part alone.",
        (
            Claim(
                "text",
                "electrolytes with a shear modulus above 5.2 GPa suppress a wave of sodium, softer ones do not",
                "sign of the growth rate",
                GROWTH,
                stiff_ones_suppress,
            ),
            Claim("border", "what decides the sign", "sign of the growth rate", GROWTH, what_decides, is_check=True),
            Claim(
                "dispersion", "E and ω in closed form", "overpotential, growth rate", GROWTH, dispersion, is_check=True
            ),
            Claim(
                "focusing",
                "what a plating current adds",
                "reaction current density",
                ("focusing",),
                focusing,
                is_check=True,
            ),
        ),
        (
            Pivot(
                "waves",
                "Growth rate, 1/s, hydrostatic stress, sliding",
                "growth_rate",
                "material",
                "Omega_ion",
                {"stress": "hydrostatic", "sticking": 0.0},
            ),
            Pivot(
                "waves",
                "Growth rate, 1/s, normal stress, sticking",
                "growth_rate",
                "material",
                "Omega_ion",
                {"stress": "normal", "sticking": 1e18},
            ),
        ),
    ),
)
