"""Figure 4: a temperature gradient across the cell."""

from __future__ import annotations

from claim import CHECK, Claim, Figure, Finding, Panels, Pivot, Tables, chain, falls, found, rises

PLATING, STRIPPING = 10.0, -10.0
CONSTANT, OWN = "fig4_thermal_gradient", "fig4_own_coefficient"
"""Decks: kappa_T frozen at the base temperature, and kappa S_T R T/F at that of the cell, as the paper has it."""
TEMPERATURES = {CONSTANT: (0.0, 12.5, 25.0, 42.5, 60.0), OWN: (0.0, 25.0, 60.0)}
SORET = (1e-3, 1e-2, 5e-2)
SHARE = 0.883 * 8.31446261815324 * 298.15 / 96485.33212 * 1e4 / 10
"""kappa_T G/i at the base temperature and G = 1e4 K/m, over S_T in 1/K."""


def signs(tables: Tables) -> Finding:
    rows, soret = tables[CONSTANT], tables["fig4_soret_coefficient"]
    cases = {}
    for deck in (CONSTANT, OWN):
        for T in TEMPERATURES[deck]:
            plating, stripping = (tables[deck].series("theta", "G", i=i, T=T) for i in (PLATING, STRIPPING))
            cases[f"{deck}, {T:g}"] = falls(plating) and rises(stripping)
    lines = []
    for S in SORET:
        theta = soret.series("theta", "G", S_T=S, closure="{closure: uniform_flux")
        # By G > 0 the pattern may also turn over, beyond evenness.
        cases[f"S_T = {S:g}"] = falls(theta)
        lines.append(f"S_T = {S:g} 1/K, κ_T G/i = {SHARE * S:.2g}: {chain(theta)}")
    own = [rows.series("theta", "G", i=i, T=25) for i in (PLATING, STRIPPING)]
    numbers = (
        f"25 °C, S_T = 0.01 1/K, G from −1e4 to 1e4 K/m: plating {chain(own[0])}, stripping {chain(own[1])}; plating with "
        f"G = −1e4, 0, 1e4 K/m: {'; '.join(lines)}"
    )
    where = (
        "uniform thermo-diffusive current, as in the paper's text, with κ_T of the electrolyte and κ_T |G| < 2 i; the pattern of "
        "the current goes with 1 − κ_T G/i and turns over at 1. With the consistent closure nowhere: see below"
    )
    consistent = soret.series("theta", "G", S_T=1e-2, closure="{closure: seebeck")
    cases["seebeck"] = consistent[0] - consistent[-1] > 1e-3 * (own[0][0] - own[0][-1])
    return found(cases, numbers, where)


def _spans(tables: Tables, deck: str, current: float) -> list[float]:
    every = (tables[deck].series("theta", "G", i=current, T=T) for T in TEMPERATURES[deck])
    return [max(values) - min(values) for values in every]


def shrinks(tables: Tables) -> Finding:
    cases, lines = {}, []
    for deck, text in ((CONSTANT, "constant κ_T"), (OWN, "κ_T = κ S_T R T/F at the cell's T")):
        for current, word in ((PLATING, "plating"), (STRIPPING, "stripping")):
            spans = _spans(tables, deck, current)
            cases[f"{text}, {word}"] = falls(spans)
            if current == PLATING:
                lines.append(f"{text}: {chain(spans, 3)} at {', '.join(f'{T:g}' for T in TEMPERATURES[deck])} °C")
    numbers = f"span of theta over ±1e4 K/m, plating, {'; '.join(lines)}"
    where = (
        "constant κ_T, where E_SEI > E_r − RT as in Figure 2. With the paper's own κ_T = κ S_T R T/F it grows with T unless "
        "E_SEI > E_r − RT + (E_κ + RT)/w, w the share of charge transfer in transfer and film"
    )
    return found(cases, numbers, where)


def consistent_closure(tables: Tables) -> Finding:
    rows = tables["fig4_soret_coefficient"]
    spans = []
    for S in SORET:
        values = rows.series("theta", "G", S_T=S, closure="{closure: seebeck")
        spans.append(max(values) - min(values))
    return Finding(
        CHECK,
        f"theta moves by {', '.join(f'{s:.1e}' for s in spans)} over ±1e4 K/m with S_T = 0.001, 0.01, 0.05 1/K: the potential "
        "takes the gradient up where the metal is isothermal and S_ion the same in all layers; what is left is the conductivity of "
        "an SEI that is warmer or colder by up to 1 mK",
    )


def first_order(tables: Tables) -> Finding:
    rows = tables["fig4_soret_coefficient"]
    lines = []
    for S in SORET:
        cold, none, _ = rows.series("theta", "G", S_T=S, closure="{closure: uniform_flux")
        # Half the relative span of the current is of first order in it, (theta - 1)/(theta + 1) is that span.
        lines.append(f"{_depth(cold) / _depth(none):.4f} against {1 + SHARE * S:.4f}")
    return Finding(CHECK, f"(θ − 1)/(θ + 1) over its value at G = 0, for G = −1e4 K/m: {'; '.join(lines)}")


def _depth(theta: float) -> float:
    return (theta - 1) / (theta + 1)


DECKS = (CONSTANT, OWN, "fig4_soret_coefficient")
FIGURE = Figure(
    "Figure 4",
    "Ratio 1.5; G = dT/dy, positive where the electrolyte is hotter; the metal is isothermal. The paper adds a uniform "
    "current −κ_T G with κ_T = κ S_T R T/F; we take κ to be that of the electrolyte.",
    (
        Claim(
            "4a-i",
            "25 °C: in plating G > 0 evens the current and G < 0 focuses it; in stripping the reverse",
            "theta",
            DECKS,
            signs,
        ),
        Claim("4j, k", "the effect of G shrinks as T rises", "theta", (CONSTANT, OWN), shrinks),
        Claim(
            "4",
            "not in the paper: the consistent closure",
            "theta",
            ("fig4_soret_coefficient",),
            consistent_closure,
            is_check=True,
        ),
        Claim(
            "4",
            "not in the paper: the pattern of the current goes with 1 − κ_T G/i",
            "theta",
            ("fig4_soret_coefficient",),
            first_order,
            is_check=True,
        ),
    ),
    tuple(
        Pivot(deck, f"theta, plating, κ_T {text}", "theta", "T", "G", {"i": PLATING})
        for deck, text in ((CONSTANT, "constant"), (OWN, "of the cell's temperature"))
    ),
    (
        Panels(
            "current",
            "fig4_thermal_gradient",
            "4d-i: current density in the SEI at 25 °C; plating above, stripping below; G = 1e4, 0, −1e4 K/m",
            "current_density",
            "current density [A/m²]",
            ("i", (PLATING, STRIPPING)),
            ("G", (1e4, 0.0, -1e4)),
            {"T": 25},
        ),
    ),
    {
        "fig4_thermal_gradient-theta-over-T-and-G-by-i": "4j, k: theta by temperature and gradient, constant κ_T; left stripping, right plating; dots are runs",
        "fig4_own_coefficient-theta-over-T-and-G-by-i": "4j, k: the same with κ_T = κ S_T R T/F at the cell's temperature",
    },
)
