"""What Singla et al. 2026 states, each claim with the deck that tests it and what judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kept_table import Rows, Value

REPRODUCED = "reproduced"
PAPERS_MODE = "reproduced only in the paper's mode"
CONTRADICTED = "contradicted by consistent physics"
NOT_FOUND = "not reproduced with our parameters"


@dataclass(frozen=True)
class Claim:
    """A statement of the paper. judge returns the verdict and the numbers that it rests on."""

    panel: str
    deck: str
    text: str
    judge: Callable[[Rows], tuple[str, str]]


@dataclass(frozen=True)
class Pivot:
    """A table on the page: an output by two parameters, in the unit of the sweep; `fixed` picks the cases."""

    deck: str
    title: str
    output: str
    down: str
    across: str
    fixed: Mapping[str, Value] = field(default_factory=dict)


def falls(values: Sequence[float]) -> bool:
    return all(b < a for a, b in pairwise(values))


def rises(values: Sequence[float]) -> bool:
    return falls([-v for v in values])


def chain(values: Sequence[float], digits: int = 5) -> str:
    return " -> ".join(f"{v:.{digits}g}" for v in values)


def found(holds: bool, numbers: str, otherwise: str = NOT_FOUND) -> tuple[str, str]:
    return (REPRODUCED if holds else otherwise), numbers


# ---------------------------------------------------------------------- Figure 2


def theta_falls(rows: Rows) -> tuple[str, str]:
    values = rows.series("theta", "T", ratio=1.5)
    return found(falls(values), f"theta {chain(values)} from 0 to 60 degC")


def theta_rises(rows: Rows) -> tuple[str, str]:
    values = rows.series("theta", "T", ratio=0.67)
    return found(rises(values), f"theta {chain(values, 7)} from 0 to 60 degC; holds while E_r is about E_e")


WAVES = ("../../meshes/wavy_sei_coarse", "../../meshes/wavy_sei_electrolyte")
"""Meshes with the wave on the side of the metal, and on that of the electrolyte."""


def on_both_sides(rows: Rows) -> tuple[str, str]:
    falling, rising = ([rows.series("theta", "T", wave=w, ratio=r) for w in WAVES] for r in (1.5, 0.67))
    numbers = "; ".join(
        f"wave on the side of the {side}: {chain(above)} for 1.5, {chain(below, 7)} for 0.67"
        for side, above, below in zip(("metal", "electrolyte"), falling, rising, strict=True)
    )
    return found(all(map(falls, falling)) and all(map(rises, rising)), f"theta at 0, 25, 60 degC, {numbers}")


def smaller_below_one(rows: Rows) -> tuple[str, str]:
    low, high = (rows.series("theta", "T", ratio=r) for r in (0.67, 1.5))
    drops = [rows.series("voltage_drop", "T", ratio=r) for r in (0.67, 1.5)]
    holds = all(a < b for a, b in zip(low, high, strict=True)) and all(
        a < b for a, b in zip(*drops, strict=True)
    )
    return found(holds, f"voltage drop {chain(drops[0], 3)} V against {chain(drops[1], 3)} V")


def lower_activation(rows: Rows) -> tuple[str, str]:
    cold = rows.series("theta", "E_r", T=0)
    base = rows.series("theta", "E_r", T=25)
    warm = rows.series("theta", "E_r", T=60)
    numbers = (
        f"0 degC: {chain(cold)}; 25 degC: {chain(base)}; 60 degC: {chain(warm)}, with E_r from 5 to 60 kJ/mol"
    )
    if falls(cold) and rises(warm):
        return PAPERS_MODE, (
            f"{numbers}. Below the temperature at which the exchange current density is given a lower E_r raises "
            "theta, above it lowers it: the claim needs that temperature to lie above those of the cell"
        )
    return found(falls(cold) and falls(warm), numbers)


# ---------------------------------------------------------------------- Figure 3a


def _creep(rows: Rows, metal: str, stress: float) -> list[float]:
    """Mean creep rate in the second that the bar is pulled, 1/s, by temperature."""
    return rows.series("creep_strain_max", "T", metal=metal, stress=stress)


def sodium_creeps_faster(rows: Rows) -> tuple[str, str]:
    sodium, lithium = _creep(rows, "sodium", 0.235), _creep(rows, "lithium", 0.235)
    numbers = f"at 0.235 MPa sodium {chain(sodium, 4)} 1/s, lithium {chain(lithium, 4)} 1/s from 0 to 60 degC"
    return found(all(a > b for a, b in zip(sodium, lithium, strict=True)), numbers)


def sodium_creeps_faster_in_proportion(rows: Rows) -> tuple[str, str]:
    sodium, lithium = _creep(rows, "sodium", 0.235), _creep(rows, "lithium", 0.73)
    numbers = (
        f"sodium over lithium {chain([a / b for a, b in zip(sodium, lithium, strict=True)], 4)} from 0 to 60 degC. "
        "Both prefactors are assumed to give 1e-3 1/s there at 25 degC, which makes the lines cross"
    )
    return found(all(a > b for a, b in zip(sodium, lithium, strict=True)), numbers)


def steeper(rows: Rows) -> tuple[str, str]:
    sodium, lithium = _creep(rows, "sodium", 0.235), _creep(rows, "lithium", 0.73)
    factors = [rates[-1] / rates[0] for rates in (sodium, lithium)]
    numbers = f"from 0 to 60 degC by {factors[0]:.4g} (sodium) and {factors[1]:.4g} (lithium)"
    return found(abs(factors[0] - 32.8) < 0.05 and abs(factors[1] - 13.7) < 0.05, numbers)


# ---------------------------------------------------------------------- Figures 3b-3k

WAVE = 20.0
"""Amplitude of the metal's surface at first, nm."""


def _amplitude(rows: Rows, **fixed: Value) -> float:
    """Half the height of the peak over the valley of the metal's surface after 7 min, nm, creep included."""
    names = {"peak": 1, "valley": -1, "peak_creep.y": 1, "valley_creep.y": -1}
    moved = sum(sign * rows.one(name, **fixed) for name, sign in names.items() if name in rows.units)
    return WAVE + 1e9 * moved / 2


def grows_faster(rows: Rows) -> tuple[str, str]:
    ratios = [
        rows.one("deposit_height_mean", metal="sodium", T=t)
        / rows.one("deposit_height_mean", metal="lithium", T=t)
        for t in (0, 60)
    ]
    heights = [1e9 * rows.one("deposit_height_mean", metal=m, T=0) for m in ("sodium", "lithium")]
    numbers = (
        f"mean deposit {heights[0]:.2f} and {heights[1]:.2f} nm, ratio {chain(ratios)} at 0 and 60 degC; "
        "that of the molar volumes is 1.8269"
    )
    return found(all(abs(r - 1.8269) < 2e-3 for r in ratios), numbers)


def film_stress(rows: Rows) -> tuple[str, str]:
    name = "von_mises_stress_max (sei)"

    def pair(sodium: str, lithium: str) -> list[tuple[float, float]]:
        return [tuple(1e-6 * rows.one(name, metal=m, T=t) for m in (sodium, lithium)) for t in (0, 60)]  # type: ignore[misc]

    soft, hard = pair("sodium", "lithium"), pair("{use: sodium", "{use: lithium")
    text = ", ".join(f"{a:.3g} and {b:.3g} MPa" for a, b in soft)
    other = ", ".join(f"{a:.3g} and {b:.3g} MPa" for a, b in hard)
    numbers = (
        f"largest von Mises stress in the SEI under sodium and lithium at 0, 60 degC: {text}. Sodium creeps from under "
        f"the SEI and does not bend it. With reference stresses of a third of the hardness: {other}; there the "
        "compressed SEI draws the current to its thin spot as it is warm"
    )
    return found(all(a > b for a, b in soft), numbers, CONTRADICTED)


def lithium_smooths(rows: Rows) -> tuple[str, str]:
    cold, warm = (_amplitude(rows, metal="lithium", T=t) for t in (0, 60))
    numbers = f"amplitude of its surface 20 nm -> {cold:.1f} nm at 0 degC, {warm:.1f} nm at 60 degC"
    return found(warm < min(cold, WAVE), numbers, CONTRADICTED)


def sodium_changes_little(rows: Rows) -> tuple[str, str]:
    cold, warm = (_amplitude(rows, metal="sodium", T=t) for t in (0, 60))
    numbers = f"amplitude of its surface 20 nm -> {cold:.1f} nm at 0 degC, {warm:.1f} nm at 60 degC"
    return found(abs(warm - cold) < 0.1 * WAVE, numbers)


def _reduced(rows: Rows, metal: str, pressure: float) -> tuple[list[float], str]:
    found = [_amplitude(rows, metal=metal, T=t, p=pressure) for t in (0, 60)]
    return found, f"{found[0]:.1f} nm at 0 degC, {found[1]:.1f} nm at 60 degC"


def lithium_smooths_reduced(rows: Rows) -> tuple[str, str]:
    own, text = _reduced(rows, "lithium", 0.73)
    _, other = _reduced(rows, "lithium", 0.235)
    numbers = f"amplitude of its surface 20 nm -> {text} under 0.73 MPa, its reference stress; {other} under 0.235 MPa"
    return (PAPERS_MODE if own[1] < min(own[0], 0.5 * WAVE) else NOT_FOUND), numbers


def sodium_changes_little_reduced(rows: Rows) -> tuple[str, str]:
    own, text = _reduced(rows, "sodium", 0.235)
    numbers = f"amplitude of its surface 20 nm -> {text} under 0.235 MPa, its reference stress"
    return (PAPERS_MODE if abs(own[1] - own[0]) < 0.1 * WAVE else NOT_FOUND), numbers


MESHES = ("../../meshes/wavy_sei_coarse.msh", "../../meshes/wavy_sei.msh")


def finer_mesh(rows: Rows) -> tuple[str, str]:
    """Judge whether what verdicts rest on is that of the equations, not of the mesh."""
    changes: dict[str, float] = {}
    for metal in ("sodium", "lithium"):
        amplitudes = [_amplitude(rows, metal=metal, mesh=mesh) for mesh in MESHES]
        for text, (coarse, fine) in {
            "amplitude": amplitudes,
            **{
                text: [rows.one(name, metal=metal, mesh=mesh) for mesh in MESHES]
                for text, name in (
                    ("mean deposit", "deposit_height_mean"),
                    ("von Mises stress", "von_mises_stress_max (sei)"),
                    ("theta", "theta"),
                    ("pressure on the metal, at its largest in one point,", "contact_pressure_max"),
                )
            },
        }.items():
            changes[text] = max(abs(fine / coarse - 1), changes.get(text, 0.0))
    numbers = "at 60 degC, for both metals, half the size of cells changes at most: " + ", ".join(
        f"{text} by {100 * change:.2g} %" for text, change in changes.items()
    )
    *judged, _ = changes.values()
    return found(max(judged) < 0.02, numbers)


# ---------------------------------------------------------------------- Figure 4


def _closures(rows: Rows, closure: str, current: float, temperature: float = 25) -> list[float]:
    return rows.series("theta", "G", T=temperature, i=current, closure="{closure: " + closure)


def gradient_signs(rows: Rows) -> tuple[str, str]:
    plating, stripping = _closures(rows, "uniform_flux", 10), _closures(rows, "uniform_flux", -10)
    numbers = f"plating {chain(plating, 6)}, stripping {chain(stripping, 6)} for G = -1e4, 0, 1e4 K/m"
    if not (falls(plating) and rises(stripping)):
        return NOT_FOUND, numbers
    consistent = _closures(rows, "seebeck", 10)
    spread = max(consistent) - min(consistent)
    text = f"{numbers}. With the consistent closure theta moves by {spread:.1e}"
    return (PAPERS_MODE if spread < 0.1 * (max(plating) - min(plating)) else REPRODUCED), text


def consistent_closure(rows: Rows) -> tuple[str, str]:
    spans = [
        max(values) - min(values)
        for values in (_closures(rows, "seebeck", i, T) for T in (0, 25, 60) for i in (10, -10))
    ]
    numbers = f"theta moves by at most {max(spans):.1e} over G from -1e4 to 1e4 K/m in all cases"
    return found(max(spans) < 1e-5, numbers)


def gradient_shrinks(rows: Rows) -> tuple[str, str]:
    spans = []
    for temperature in (0, 25, 60):
        values = _closures(rows, "uniform_flux", 10, temperature)
        spans.append(max(values) - min(values))
    numbers = f"change of theta over G from -1e4 to 1e4 K/m: {chain(spans, 3)} at 0, 25, 60 degC"
    return (PAPERS_MODE if falls(spans) else NOT_FOUND), numbers


# ---------------------------------------------------------------------- Figures 5 and 6


def hottest_at_thin_spot(rows: Rows) -> tuple[str, str]:
    thin = rows.series("at_thin_spot", "kappa", thermal=1)
    thick = rows.series("at_thick_spot", "kappa", thermal=1)
    drop = rows.series("voltage_drop", "kappa", thermal=1)
    numbers = (
        f"outer side, thin minus thick spot {chain([a - b for a, b in zip(thin, thick, strict=True)], 3)} K"
    )
    size = f"the voltage drop that this needs is {chain(drop, 3)} V for kappa/k_b = 1e-5, 2e-5, 5e-5, 1e-4"
    return found(all(a > b for a, b in zip(thin, thick, strict=True)), f"{numbers}; {size}")


def gradient_falls(rows: Rows) -> tuple[str, str]:
    by_kappa = rows.series("temperature_gradient_max", "kappa", thermal=1)
    by_thermal = rows.series("temperature_gradient_max", "thermal", kappa=1e-5)
    numbers = (
        f"{chain(by_kappa, 3)} K/m with kappa rising; {chain(by_thermal, 3)} K/m with k_SEI doubled twice"
    )
    return found(falls(by_kappa) and falls(by_thermal), numbers)


def reversal(rows: Rows) -> tuple[str, str]:
    gradient = [
        a - b
        for a, b in zip(
            rows.series("sei_upper_side", "R", T=25), rows.series("sei_lower_side", "R", T=25),
            strict=True,
        )
    ]  # fmt: skip
    hottest = rows.series("temperature_max", "R", T=25)
    numbers = (
        f"upper minus lower side {chain(gradient, 3)} K, hottest {chain(hottest, 6)} K for R = 0, 1e-6, 1e-5, 2.5e-5, "
        "1e-4 K m2/W; it vanishes where both ways out resist alike, near H_e/k_e = 2.5e-5 K m2/W"
    )
    return found(gradient[0] > 0 > gradient[-1] and rises(hottest), numbers)


def cold_matters(rows: Rows) -> tuple[str, str]:
    changes = []
    for temperature in (0, 25, 60):
        values = rows.series("temperature_max", "R", T=temperature)
        changes.append(values[-1] - values[0])
    return found(
        falls(changes),
        f"rise of the hottest point from R = 0 to 1e-4: {chain(changes, 3)} K at 0, 25, 60 degC",
    )


CLAIMS = (
    Claim("2a-h", "fig2_activation_ratio", "theta falls from 0 over 25 to 60 degC where E_SEI/E_e > 1", theta_falls),
    Claim("2i", "fig2_activation_ratio", "theta rises with temperature where E_SEI/E_e < 1", theta_rises),
    Claim(
        "2i", "fig2_activation_ratio", "theta and voltage drop stay below those for E_SEI/E_e > 1", smaller_below_one
    ),
    Claim("2", "fig2_geometry", "both trends, whichever side of the SEI is wavy", on_both_sides),
    Claim("2j", "fig2_reaction_activation", "a lower activation energy of the reaction raises theta", lower_activation),
    Claim("3a", "fig3a_creep_rate", "sodium creeps faster than lithium at every temperature: at one stress",
          sodium_creeps_faster),
    Claim("3a", "fig3a_creep_rate", "the same, each at its own reference stress", sodium_creeps_faster_in_proportion),
    Claim("3a", "fig3a_creep_rate", "and more steeply: by 32.8 and 13.7 from 0 to 60 degC", steeper),
    Claim("3b-k", "fig3_growth", "sodium grows faster, 1.83 times per charge", grows_faster),
    Claim("3b-k", "fig3_growth", "the stress of the SEI is higher on sodium", film_stress),
    Claim("3b-k", "fig3_growth", "lithium becomes smoother at 60 degC", lithium_smooths),
    Claim("3b-k", "fig3_growth", "sodium changes little between 0 and 60 degC", sodium_changes_little),
    Claim("3b-k", "fig3_mesh", "not the paper's: a finer mesh changes nothing that verdicts rest on", finer_mesh),
    Claim("3b-k", "fig3_surface_creep", "lithium becomes smoother at 60 degC", lithium_smooths_reduced),
    Claim(
        "3b-k", "fig3_surface_creep", "sodium changes little between 0 and 60 degC", sodium_changes_little_reduced
    ),
    Claim(
        "4a-i", "fig4_thermal_gradient", "plating: G > 0 lowers theta, G < 0 raises it; stripping reversed",
        gradient_signs,
    ),
    Claim("4j-k", "fig4_thermal_gradient", "the effect of a gradient shrinks as temperature rises", gradient_shrinks),
    Claim(
        "4", "fig4_thermal_gradient", "not the paper's: with the consistent closure the current is as even as without",
        consistent_closure,
    ),
    Claim("5", "fig5_sei_conductivity", "a poorly conducting SEI is hottest at its thin spot", hottest_at_thin_spot),
    Claim(
        "5", "fig5_sei_conductivity", "the largest gradient falls as conductivity or thermal diffusivity rise",
        gradient_falls,
    ),
    Claim(
        "6a-f", "fig6_interfacial_resistance", "the SEI heats up with R_int, and its gradient reverses at a large one",
        reversal,
    ),
    Claim("6g", "fig6_interfacial_resistance", "R_int matters more at low temperature", cold_matters),
)  # fmt: skip

PIVOTS = (
    Pivot("fig2_activation_ratio", "theta by the ratio of the activation energies", "theta", "ratio", "T"),
    Pivot("fig2_activation_ratio", "Voltage drop, V", "voltage_drop", "ratio", "T"),
    *(
        Pivot("fig2_geometry", f"theta, wave on the side of the {side}", "theta", "ratio", "T", {"wave": wave})
        for wave, side in zip(WAVES, ("metal", "electrolyte"), strict=True)
    ),
    Pivot("fig2_reaction_activation", "theta by the activation energy of the reaction", "theta", "T", "E_r"),
    *(
        Pivot("fig3a_creep_rate", f"Creep strain after 1 s at {stress} MPa", "creep_strain_max", "metal", "T",
              {"stress": stress})
        for stress in (0.235, 0.73)
    ),
    *(
        Pivot("fig3_growth", title, name, "metal", "T")
        for title, name in (
            ("Mean height of the deposit, m", "deposit_height_mean"),
            ("Largest von Mises stress in the SEI, Pa", "von_mises_stress_max (sei)"),
            ("Largest pressure of the SEI on the metal, Pa", "contact_pressure_max"),
            ("theta", "theta"),
        )
    ),
    *(
        Pivot(
            "fig4_thermal_gradient", f"theta, closure {closure}, {word}", "theta", "T", "G",
            {"closure": "{closure: " + closure, "i": current},
        )
        for closure in ("uniform_flux", "seebeck")
        for word, current in (("plating", 10), ("stripping", -10))
    ),
)  # fmt: skip
