"""Where current concentrates: patches of film, corrugated electrodes; and how fast salt is used up."""

from __future__ import annotations

from itertools import pairwise, product
from math import log

from claim import CHECK, Claim, Figure, Finding, Panels, Pivot, Tables, chain, falls, found, rises

from oh2026 import film_forms

AMPLITUDES, RATES = (1.0, 5.0, 10.0, 20.0), (1.0, 3.0, 5.0)
"""um; 1/h."""
WIDE = (2e-8, 2e-7, 2e-6, 2e-5, 2e-4, 2e-3)
EXCHANGES = (20.0, 60.0)
"""Exchange current density of the thin patch, A/m2."""
KINETICS = (2.3, 20.0, 73.0)
"""Exchange current density of the corrugated electrode, A/m2."""


def current_constricts(tables: Tables) -> Finding:
    rows, cases, lines = tables["constriction"], {}, []
    for i0 in EXCHANGES:
        least, mean, most = (
            rows.series(f"reaction_current_density_{kind}", "wide", i0=i0) for kind in ("max", "mean", "min")
        )
        for wide, low, middle, high in zip(WIDE, least, mean, most, strict=True):
            cases[f"{wide:g} m, {i0:g}"] = high < 1.05 * middle and low > 0.95 * middle
        ratios = [a / b for a, b in zip(most, least, strict=True)]
        lines.append(f"i0 = {i0:g} A/m² on the thin patch: largest over smallest {chain(ratios, 3)}")
    numbers = f"from {1e6 * WIDE[0]:g} µm to {1e3 * WIDE[-1]:g} mm, {'; '.join(lines)}"
    return found(cases, numbers, ", ".join(name for name, holds in cases.items() if holds))


def between_the_limits(tables: Tables) -> Finding:
    rows, lines = tables["constriction"], []
    for i0 in EXCHANGES:
        mean = [-i for i in rows.series("reaction_current_density_mean", "wide", i0=i0)]
        narrow, wide = film_forms.levelled(i0), film_forms.independent(i0)
        inside = all(wide * (1 - 1e-3) < i < narrow * (1 + 1e-3) for i in mean)
        lines.append(
            f"i0 = {i0:g}: {chain(mean, 5)} A/m², limits {narrow:.5g} (potential over the films uniform) and {wide:.5g} "
            f"(columns for themselves), {'all' if inside else 'not all'} between them to 0.1 %"
        )
    return Finding(CHECK, "; ".join(lines))


def crest_above_valley(tables: Tables) -> Finding:
    rows, cases, lines = tables["corrugated"], {}, []
    for rate, i0 in product(RATES, KINETICS):
        crest, valley = (rows.series(f"{where}_current", "A", rate=rate, i0=i0) for where in ("crest", "valley"))
        for A, a, b in zip(AMPLITUDES, crest, valley, strict=True):
            cases[f"{A:g} um, {rate:g}C, {i0:g}"] = a > b
        lines.append(f"{rate:g}C, i0 = {i0:g}: {chain([a / b for a, b in zip(crest, valley, strict=True)], 3)}")
    numbers = f"crest over valley at amplitudes of 1, 5, 10, 20 µm, {'; '.join(lines)}"
    return found(cases, numbers, ", ".join(name for name, holds in cases.items() if holds))


def grows_with_amplitude(tables: Tables) -> Finding:
    rows = tables["corrugated"]
    series = {
        f"{rate:g}C, i0 = {i0:g}": rows.series("theta", "A", rate=rate, i0=i0) for rate, i0 in product(RATES, KINETICS)
    }
    cases = {name: rises(values) for name, values in series.items()}
    numbers = "; ".join(f"{name}: {chain(values, 3)}" for name, values in series.items())
    return found(cases, f"at 1, 5, 10, 20 µm, {numbers}", ", ".join(n for n, holds in cases.items() if holds))


def depleted_layer(tables: Tables) -> Finding:
    rows, cases, lines = tables["corrugated"], {}, []
    for A, i0 in product(AMPLITUDES, KINETICS):
        least = rows.series("salt_concentration_min", "rate", A=A, i0=i0)
        cases[f"{A:g} um, {i0:g}"] = falls([1000.0, *least])
        lines.append(f"{A:g} µm, i0 = {i0:g}: {chain(least, 3)}")
    numbers = f"lowest concentration after 60 s at 1C, 3C, 5C, mol/m³, {'; '.join(lines)}"
    return found(cases, numbers, ", ".join(name for name, holds in cases.items() if holds))


def valley_is_poorer(tables: Tables) -> Finding:
    rows = tables["corrugated"]
    lines = []
    for A, rate in product(AMPLITUDES, (1.0, 5.0)):
        crest, valley = (rows.one(where, A=A, rate=rate, i0=20) for where in ("crest", "valley"))
        lines.append(f"{A:g} µm, {rate:g}C: {crest:.0f} and {valley:.0f}")
    return Finding(
        CHECK,
        f"at the crest and in the valley, mol/m³, at i0 = 20 A/m²: {'; '.join(lines)}; the salt comes from above, so that "
        "the valley is the poorest place",
    )


def current_of_rate(tables: Tables) -> Finding:
    rows = tables["corrugated"]
    found_ = [rows.one("entering", A=1, rate=rate, i0=20) / 25e-6 for rate in RATES]
    printed = chain([0.1 * i for i in found_], 4)
    return Finding(CHECK, f"10 mg/cm² of 150 mAh/g at 1C, 3C, 5C: {printed} mA/cm²; the paper has 1.5 at 1C")


def slope(tables: Tables) -> Finding:
    rows = tables["sands_time"]
    currents, times = [float(i) for i in rows.different("i")], rows.numbers("depleted")
    slopes = {
        f"{a:.3g} to {b:.3g} mA/cm²": log(s / t) / log(a / b) if s / t > 0 else 0.0
        for (a, s), (b, t) in pairwise(zip(currents, times, strict=True))
    }
    cases = {name: abs(value + 2) < 0.02 for name, value in slopes.items()}
    numbers = "; ".join(f"{name}: {value:.4f}" for name, value in slopes.items())
    return found(cases, numbers, ", ".join(name for name, holds in cases.items() if holds))


def formula(tables: Tables) -> Finding:
    rows = tables["sands_time"]
    off = [
        t / film_forms.sands_time(10 * float(i)) - 1
        for i, t in zip(rows.different("i"), rows.numbers("depleted"), strict=True)
    ]
    return Finding(
        CHECK,
        f"{chain(rows.numbers('depleted'))} s, off by {100 * min(off):.2f} to {100 * max(off):.2f} %; with (1 − t₊) in the "
        f"numerator the formula would be off by a factor of {1 / 0.55**4:.1f}",
    )


PATCHES, WAVE, SAND = ("constriction",), ("corrugated",), ("sands_time",)
_SHOWN = {"down": ("rate", (5.0,)), "across": ("A", AMPLITUDES), "blocks": ("electrolyte",), "fixed": {"i0": 20.0}}
_BOX = (-25_000.0, 15_000.0, 25_000.0, 62_000.0)
FIGURES = (
    Figure(
        "Constriction of the current",
        "Half of an electrode has an SEI of 20 nm, the other half one of 60 nm, under a poorly conducting electrolyte of "
        "10 µm; i0 of the thin half is the same or three times as large. The width of the pair is swept. The "
        "film is a resistance at each point, and its thickness changes smoothly over a fifteenth of the width.",
        (
            Claim(
                "constriction",
                "current concentrates where the SEI is thin or the exchange current is large",
                "reaction current density, by more than 5 % of the mean to both sides",
                PATCHES,
                current_constricts,
            ),
            Claim(
                "constriction",
                "total current between the two limits in closed form",
                "mean reaction current density",
                PATCHES,
                between_the_limits,
                is_check=True,
            ),
        ),
        (Pivot("constriction", "Mean reaction current density, A/m²", "reaction_current_density_mean", "i0", "wide"),),
    ),
    Figure(
        "Corrugated electrode and C-rate",
        "A wave on plated sodium under 100 µm of electrolyte with a reservoir of salt at the top, after 60 s. The current "
        "is a C-rate, j = r Q_A.",
        (
            Claim(
                "3a-c",
                "the current is larger at the crest than in the valley",
                "current density",
                WAVE,
                crest_above_valley,
            ),
            Claim("3a-c", "the more so the higher the corrugation", "theta", WAVE, grows_with_amplitude),
            Claim(
                "3a-c",
                "a depleted layer forms, more so at higher rates",
                "concentration of the salt",
                WAVE,
                depleted_layer,
            ),
            Claim("3a-c", "where it is poorest", "concentration of the salt", WAVE, valley_is_poorer, is_check=True),
            Claim("C-rate", "j = r Q_A", "current that enters", WAVE, current_of_rate, is_check=True),
        ),
        (Pivot("corrugated", "Largest over smallest reaction current density", "theta", "rate", "A", {"i0": 20}),),
        (
            Panels(
                "current",
                "corrugated",
                "3a: size of the current density in the electrolyte at 5C; beside the flanks it is more than what enters them",
                "current_density",
                "A/m²",
                patch=1.0,
                box=_BOX,
                **_SHOWN,
            ),
            Panels(
                "salt",
                "corrugated",
                "3b: concentration of the salt at 5C",
                "salt_concentration",
                "mol/m³",
                patch=1.0,
                box=_BOX,
                **_SHOWN,
            ),
            Panels(
                "potential",
                "corrugated",
                "3c: potential of the electrolyte at 5C",
                "electric_potential",
                "mV",
                factor=1e3,
                patch=1.0,
                box=_BOX,
                **_SHOWN,
            ),
        ),
    ),
    Figure(
        "Sand's time",
        "A plated electrode in a thick electrolyte with constant coefficients; a step of a protocol ends where half a thousandth of the salt is left.",
        (
            Claim(
                "depletion",
                "the time falls as the inverse square of the current",
                "slope in log-log, to 1 %",
                SAND,
                slope,
            ),
            Claim("depletion", "Sand's formula with (1 − t₊) in the denominator", "time", SAND, formula, is_check=True),
        ),
        (),
        (),
        {"sands_time-depleted-over-i": "time until the salt is used up, over the current density"},
    ),
)
