"""Islands under pressure, at rest, and over pressure and current."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise, product
from math import log, log10
from pathlib import Path

import numpy as np
from claim import CHECK, Claim, Drawn, Figure, Finding, Lines, Pivot, Tables, chain, falls, found, rises
from kept_table import Rows, Value
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import NullLocator
from panels import save

F, VOLUME = 96485.33212, 2.375e-5
"""Faraday constant, C/mol; molar volume of sodium, m3/mol."""
PRESSURES = (0.0, 22.0, 136.0, 500.0, 911.0, 1272.0)
COVERAGE, THICKNESS, AREA = (0.149, 0.861), (42.2, 7.6), (5829.0, 22242.0)
"""Data at no pressure and at the largest: coverage; thickness, um; area of a deposit, um2 (the second at 911 kPa)."""
RESISTANCE = (110.0, 3.7, 3.4)
"""Data: charge-transfer resistance, ohm cm2, at no pressure, and its range from 500 kPa on."""
SLIPS, EXPONENTS, FREE = ("free", "none"), ("3", "4", "5", "6.56"), (0.05, 0.45)
STRESSES, RESTED = (0.235, 1.0, 5.0), (0.235, 0.5, 1.0, 2.0, 5.0)
"""Of the sweeps: slip, exponent of creep, coverage without pressure, reference stress of creep, MPa, also with a rest."""
CURRENTS = (1.0, 5.0, 20.0, 50.0)
BORDER, OTHERS = 0.25, (0.2, 0.3)
"""Coverage at the border between regimes, our choice; others, to show what the choice changes."""
DOUBLED = log10(2)
"""Slope of a border along which the pressure doubles over a decade of current."""
_STEADY = 1e-6
"""Relative: less than this is no change."""


def _name(slip: str, stress: float) -> str:
    return f"{'sliding' if slip == 'free' else 'sticking'}, {stress:g} MPa"


def _pressed(tables: Tables, output: str) -> Iterator[tuple[str, list[float]]]:
    for slip, stress in product(SLIPS, STRESSES):
        yield _name(slip, stress), tables["pressure"].series(output, "p", slip=slip, sigma_0=stress)


def _keeps_rising(values: list[float]) -> bool:
    """Whether values rise, or stay where no more is possible or nothing flows yet."""
    return values[-1] > values[0] and all(b > a * (1 - _STEADY) for a, b in pairwise(values))


def thickness_falls(tables: Tables) -> Finding:
    series = dict(_pressed(tables, "island_height_mean"))
    numbers = "; ".join(f"{name}: {chain([1e6 * v for v in values], 3)}" for name, values in series.items())
    return found({name: _keeps_rising([1 / x for x in v]) for name, v in series.items()}, f"height, µm, {numbers}", "")


def coverage_rises(tables: Tables) -> Finding:
    series = dict(_pressed(tables, "coverage_mean"))
    numbers = "; ".join(f"{name}: {chain([100 * v for v in values], 3)}" for name, values in series.items())
    return found({name: _keeps_rising(v) for name, v in series.items()}, f"coverage, %, {numbers}", "")


def plateau(tables: Tables) -> Finding:
    """The data on the resistance beyond 500 kPa spread by 3.7/3.4: a coverage that changes by less is a plateau."""
    limit, cases, lines = RESISTANCE[1] / RESISTANCE[2], {}, []
    for name, values in _pressed(tables, "coverage_mean"):
        ratio = values[-1] / values[PRESSURES.index(500.0)]
        cases[name] = ratio <= limit
        lines.append(f"{name}: {ratio:.4g} ({100 * values[-1]:.3g} % covered)")
    where = "; ".join(name for name, holds in cases.items() if holds)
    return found(cases, f"coverage at 1272 over that at 500 kPa, at most {limit:.2f}: {'; '.join(lines)}", where)


def _within_a_tenth(
    tables: Tables, output: str, pressure: float, over: bool, factor: float, measured: float
) -> Finding:
    """Whether an output at a pressure, or its ratio to that at none, is within a tenth of the data, in each case."""
    cases, lines = {}, []
    for name, values in _pressed(tables, output):
        value = factor * values[PRESSURES.index(pressure)] / (values[0] if over else 1)
        cases[name] = abs(value / measured - 1) <= 0.1
        lines.append(f"{name}: {value:.3g}")
    where = "; ".join(name for name, holds in cases.items() if holds)
    return found(
        cases,
        f"{'ratio to that without pressure, ' if over else ''}to be within a tenth of {measured:.3g}: {'; '.join(lines)}",
        where,
    )


def covered_as_measured(tables: Tables) -> Finding:
    return _within_a_tenth(tables, "coverage_mean", 1272.0, False, 100.0, 100 * COVERAGE[1])


def thinned_as_measured(tables: Tables) -> Finding:
    return _within_a_tenth(tables, "island_height_mean", 1272.0, True, 1.0, THICKNESS[1] / THICKNESS[0])


def area_as_measured(tables: Tables) -> Finding:
    return _within_a_tenth(tables, "island_area", 911.0, False, 1e12, AREA[1])


def together(tables: Tables) -> Finding:
    """In which cases all that is measured over pressure is met at once."""
    judged = {
        "plateau": plateau,
        "coverage": covered_as_measured,
        "height": thinned_as_measured,
        "area": area_as_measured,
    }
    held = {name: judge(tables).held for name, judge in judged.items()}
    each = "; ".join(f"{name}: {', '.join(cases) or 'none'}" for name, cases in held.items())
    common = set.intersection(*map(set, held.values()))
    return Finding(CHECK, f"cases with all four: {'; '.join(sorted(common)) or 'none'}. {each}")


def without_pressure(tables: Tables) -> Finding:
    """c/(1 - c) grows as v^(2/3) while nothing presses."""
    odds = 0.0080076 / (1 - 0.0080076) * (1 + 9000 * VOLUME / F / 22.15e-9) ** (2 / 3)
    got = tables["pressure"].one("coverage_mean", p=0, slip="none", sigma_0=1.0)
    return Finding(
        CHECK,
        f"coverage without pressure: {100 * got:.2f} % in the run, {100 * odds / (1 + odds):.2f} % by the closed form; the "
        "difference is the error of the time steps",
    )


def volume_is_charge(tables: Tables, deck: str) -> Finding:
    plated, nuclei = (90000.0, 0.2215e-6) if deck == "rest" else (9000.0, 22.15e-9)
    worst = max(abs((v - nuclei) / (plated * VOLUME / F) - 1) for v in tables[deck].numbers("deposit_mean"))
    return Finding(CHECK, f"deposit less nuclei over charge × V_m/F: off by at most {worst:.0e}")


def _volume(deck: str) -> Claim:
    return Claim("volume", "volume and charge", "volume", (deck,), partial(volume_is_charge, deck=deck), is_check=True)


def data_on_volume(_: Tables) -> Finding:
    dense = 9000 * VOLUME / F * 1e6
    each = [c * h for c, h in zip(COVERAGE, THICKNESS, strict=True)]
    return Finding(
        CHECK,
        f"coverage × thickness is {chain(each, 3)} µm in the data and {dense:.3g} µm of dense metal were plated, so the thickness "
        f"printed is not the mean height of dense islands; its ratio, {THICKNESS[0] / THICKNESS[1]:.3g}, and that of the coverage, "
        f"{COVERAGE[1] / COVERAGE[0]:.3g}, agree with a constant volume to {100 * abs(each[1] / each[0] - 1):.1g} %. "
        f"The area of a deposit is {AREA[1] / AREA[0]:.3g} times as large at 911 kPa",
    )


def resistance(tables: Tables) -> Finding:
    most = RESISTANCE[0] / (sum(RESISTANCE[1:]) / 2)
    runs = [values[PRESSURES.index(500.0)] / values[0] for _, values in _pressed(tables, "coverage_mean")]
    area = COVERAGE[1] / COVERAGE[0]
    return Finding(
        CHECK,
        f"the resistance falls {most:.3g} times and the coverage rises {area:.2g} times; in our runs it rises {min(runs):.2g} to "
        f"{max(runs):.2g} times up to 500 kPa, and 1/0.149 = {1 / COVERAGE[0]:.2g} times is all that flat islands can gain. A factor of "
        f"at least {most * COVERAGE[0]:.2g} is left for the reaction itself, for the SEI or for the contact",
    )


def rests(rows: Rows) -> Iterator[tuple[str, dict[str, Value]]]:
    for slip, stress, free in product(SLIPS, RESTED, FREE):
        yield f"{_name(slip, stress)}, {100 * free:g} %", {"slip": slip, "sigma_0": stress, "free": free}


def _rested(rows: Rows, output: str, fixed: Mapping[str, Value]) -> tuple[float, float]:
    """Return an output before and after the rest."""
    after, before = rows.series(output, "rest", **fixed)
    return before, after


def thinner_after_rest(tables: Tables) -> Finding:
    rows, cases, thinning = tables["rest"], {}, {}
    for name, fixed in rests(rows):
        before, after = _rested(rows, "island_height_mean", fixed)
        thinning[name] = 1 - after / before
        cases[name] = thinning[name] > 0.25
    most = max(thinning, key=lambda name: thinning[name])
    numbers = "; ".join(f"{name}: {100 * v:.2g}" for name, v in thinning.items() if v > 0.01)
    where = "; ".join(name for name, holds in cases.items() if holds)
    return found(cases, f"largest: {100 * thinning[most]:.3g} % ({most}); above 1 %: {numbers or 'none'}", where)


def _estimates(rows: Rows, free: float) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield slip, stress, thinning by the estimate and in the run, and coverage before the rest.

    At rest a film with few gaps to fill has h^-m linear in time, m = n without friction and n + 3 (n + 1)/2 with it.
    """
    n = 5
    for slip, power in (("free", n), ("none", n + 3 * (n + 1) / 2)):
        for stress in RESTED:
            fixed: dict[str, Value] = {"slip": slip, "sigma_0": stress, "free": free}
            before, after = _rested(rows, "island_height_mean", fixed)
            rate = _rested(rows, "flattening_rate", fixed)[0]
            covered = _rested(rows, "coverage_mean", fixed)[0]
            yield slip, stress, 1 - (1 + power * rate * 7200) ** (-1 / power), 1 - after / before, covered


def squeezed(tables: Tables) -> Finding:
    lines = [
        f"{_name(slip, stress)}: {100 * estimate:.2f} against {abs(100 * run):.2f} %"
        for slip, stress, estimate, run, _ in _estimates(tables["rest"], 0.05)
    ]
    return Finding(
        CHECK,
        f"thinner after 2 h by the estimate and in the run, with 5 % without pressure: {'; '.join(lines)}. "
        "The estimate leaves out that the gaps between islands close",
    )


def between(tables: Tables) -> Finding:
    """Thinning is at most the estimate, and at most the share that is not covered: one falls, one rises with stress."""
    told = []
    for slip, word in zip(SLIPS, ("sliding", "sticking"), strict=True):
        most = 0.0
        for free in FREE:
            mine = [each[1:] for each in _estimates(tables["rest"], free) if each[0] == slip]
            most = max(most, *(min(low[1], 1 - high[3]) for low, high in pairwise(mine)))
        told.append(f"{word}: {100 * most:.3g} %")
    return Finding(
        CHECK,
        f"whatever the reference stress from {RESTED[0]:g} to {RESTED[-1]:g} MPa, a rest thins by at most {'; '.join(told)}: by no more "
        "than the estimate, which falls with the stress, and the share that is not covered before the rest, which rises with it",
    )


def regimes(tables: Tables) -> Finding:
    rows, cases = tables["regime"], {}
    for n in EXPONENTS:
        for i in CURRENTS:
            cases[f"n = {n}, {i:g} A/m²"] = rises(rows.series("coverage_mean", "p", i=i, n=float(n)))
        for p in map(float, rows.different("p")):
            cases[f"n = {n}, {p:g} kPa"] = falls(rows.series("coverage_mean", "i", p=p, n=float(n)))
    at = {i: rows.series("coverage_mean", "p", i=i, n=5.0) for i in CURRENTS}
    numbers = "; ".join(f"{i:g} A/m²: {chain([100 * v for v in values], 3)}" for i, values in at.items())
    where = "; ".join(name for name, holds in cases.items() if holds)
    most = max(rows.numbers("coverage_mean"))
    return found(
        cases,
        f"coverage, %, over pressure, n = 5: {numbers}. Only the order is judged: the largest coverage is {100 * most:.3g} %, "
        "so no case is a closed film",
        where,
    )


def border(rows: Rows, n: str, coverage: float = BORDER) -> dict[float, float]:
    """Return the pressure, kPa, at which there is a coverage, for each current at which it is reached."""
    pressures, borders = [float(p) for p in rows.different("p")], {}
    for i in CURRENTS:
        values = rows.series("coverage_mean", "p", i=i, n=float(n))
        for (p, a), (q, b) in pairwise(zip(pressures, values, strict=True)):
            if a <= coverage < b:
                borders[i] = p * (q / p) ** (log(coverage / a) / log(b / a))
    return borders


def slope(borders: Mapping[float, float]) -> float:
    """Return the exponent of the current in the pressure along a border, by least squares."""
    return float(np.polyfit(np.log([*borders]), np.log([*borders.values()]), 1)[0])


def factor(rows: Rows, coverage: float) -> float:
    """Return the slope of the borders at a coverage over 1/n, by least squares."""
    at = {1 / float(n): each for n in EXPONENTS if len(each := border(rows, n, coverage)) > 1}
    inverse, slopes = np.array([*at]), np.array([slope(each) for each in at.values()])
    return float(inverse @ slopes / (inverse @ inverse))


def border_slope(tables: Tables) -> Finding:
    """The slopes of the borders of the runs, fitted as a factor times 1/n."""
    rows, lines = tables["regime"], []
    for n in EXPONENTS:
        at = border(rows, n)
        if len(at) < 2:
            lines.append(f"n = {n}: no border between these pressures")
            continue
        told = ", ".join(f"{i:g}" for i in at)
        lines.append(
            f"n = {n}: {chain([*at.values()], 3)} kPa at {told} A/m², slope {slope(at):.3f} (1/n = {1 / float(n):.3f})"
        )
    others = ", ".join(f"{factor(rows, coverage):.3f} at {100 * coverage:g} %" for coverage in OTHERS)
    decade = {n: 10 ** (1 / float(n)) for n in EXPONENTS}
    return Finding(
        CHECK,
        f"at a coverage of {100 * BORDER:g} %, our choice: {'; '.join(lines)}. Fitted, the slope is {factor(rows, BORDER):.3f}/n "
        f"({others}). At equal charge the coverage depends on p^n/i alone, so p* ~ i^(1/n); the rest is interpolation between five "
        f"pressures. Ten times the current needs {', '.join(f'{of_n:.2f}' for of_n in decade.values())} times the pressure with "
        f"n = {', '.join(decade)}. "
        f"A border in a measured map thus tells n: where the pressure doubles over a decade of current, n is {1 / DOUBLED:.2f}, and where it "
        "rises by more, n is smaller. The exponents of bulk sodium and lithium, 5 and 6.56, draw a flatter border",
    )


def draw_border(rows: Rows, _: Path, path: Path) -> None:
    """Draw the borders over the current, and their slopes over 1/n."""
    picture = Picture(figsize=(8.8, 3.6), layout="constrained")
    left, right = picture.subplots(1, 2)
    for n in EXPONENTS:
        if len(at := border(rows, n)) < 2:
            continue
        line = left.loglog([*at], [*at.values()], "o", markersize=4, label=f"n = {n}")[0]
        i, m = np.array([*at]), slope(at)
        middle = np.exp(np.mean(np.log([*at.values()])) - m * np.mean(np.log(i)))
        left.loglog(i, middle * i**m, color=line.get_color(), linewidth=1)
        right.plot(1 / float(n), m, "o", markersize=5, color=line.get_color())
    left.set_xticks(CURRENTS, [f"{i:g}" for i in CURRENTS])
    for formatted in (left.yaxis.set_major_formatter, left.yaxis.set_minor_formatter):
        formatted(lambda p, _: f"{p:g}")
    left.xaxis.set_minor_locator(NullLocator())
    left.set(xlabel="current density [A/m²]", ylabel=f"pressure at {100 * BORDER:g} % coverage [kPa]")
    ends = np.array([0.0, 0.4])
    right.plot(ends, ends, color="0.4", linewidth=1, zorder=0, label="1/n")
    right.axhline(DOUBLED, color="0.4", linewidth=1, linestyle=":", label="doubles over a decade")
    right.set(xlabel="1/n", ylabel="slope d ln p / d ln i", xlim=ends, ylim=ends)
    for ax in (left, right):
        ax.grid(alpha=0.3, which="both")
        ax.legend(frameon=False, fontsize="small")
    save(picture, path)


FIGURES = (
    Figure(
        "Pressure series",
        "Islands after 0.5 h at 5 A/m², over pressure. Assumed: coverage and number of islands without pressure are those measured; "
        "creep is that of bulk sodium, with a reference stress between the bulk yield strength and a third of the hardness; islands slide "
        "on collector and plate or stick to both.",
        (
            Claim("pressure", "the deposit is thinner at higher pressure", "height", ("pressure",), thickness_falls),
            Claim("pressure", "it covers more of the collector", "coverage", ("pressure",), coverage_rises),
            Claim("pressure", "little changes from 500 kPa on", "coverage", ("pressure",), plateau),
            Claim("pressure", "86.1 % are covered at 1272 kPa", "coverage", ("pressure",), covered_as_measured),
            Claim("pressure", "5.6 times thinner at 1272 kPa", "height", ("pressure",), thinned_as_measured),
            Claim("pressure", "a deposit has 22242 µm² at 911 kPa", "area", ("pressure",), area_as_measured),
            Claim("pressure", "all four at once", "coverage, height, area", ("pressure",), together, is_check=True),
            Claim("pressure", "coverage without pressure", "coverage", ("pressure",), without_pressure, is_check=True),
            _volume("pressure"),
            Claim("pressure", "volume in the data", "volume", (), data_on_volume, is_check=True),
            Claim(
                "resistance",
                "what area explains of the resistance",
                "coverage",
                ("pressure",),
                resistance,
                is_check=True,
            ),
        ),
        (
            Pivot("pressure", "Coverage, islands that stick", "coverage_mean", "p", "sigma_0", {"slip": "none"}),
            Pivot("pressure", "Coverage, islands that slide", "coverage_mean", "p", "sigma_0", {"slip": "free"}),
        ),
        (
            Lines(
                "coverage-stick",
                "pressure",
                "coverage over pressure, islands that stick, by reference stress",
                "coverage",
                "p",
                "coverage_mean",
                "sigma_0",
                {"slip": "none"},
            ),
            Lines(
                "coverage-slide",
                "pressure",
                "coverage over pressure, islands that slide, by reference stress",
                "coverage",
                "p",
                "coverage_mean",
                "sigma_0",
                {"slip": "free"},
            ),
        ),
    ),
    Figure(
        "Rest under pressure",
        "Plated at 50 A/m² for 0.5 h at 1 MPa, without and with 2 h of rest. Swept: the coverage that the islands would reach without "
        "pressure, which is not known at this current. The number of islands is that at 5 A/m²; for islands that stick and are flat, another "
        "number acts as another reference stress. These islands are dense. In the data thickness × coverage is three times the "
        "metal, so pores that close could thin a deposit by more; these runs have none.",
        (
            Claim("rest", "more than 25 % thinner after 2 h", "height", ("rest",), thinner_after_rest),
            Claim("rest", "estimate of a squeezed disc", "height", ("rest",), squeezed, is_check=True),
            Claim("rest", "bound between the stresses of the runs", "height", ("rest",), between, is_check=True),
            _volume("rest"),
        ),
    ),
    Figure(
        "Regimes of plating (Fig. 5H)",
        "Islands that stick, after 0.25 mAh/cm², over pressure and current, with a reference stress of 0.235 MPa. The exponent of creep "
        "is swept.",
        (
            Claim(
                "5H",
                "flatter, towards smooth, at higher pressure and lower current; less covered at lower pressure and higher current",
                "coverage",
                ("regime",),
                regimes,
            ),
            Claim("5H", "the border between both", "pressure", ("regime",), border_slope, is_check=True),
            _volume("regime"),
        ),
        (Pivot("regime", "Coverage over pressure and current, n = 5", "coverage_mean", "p", "i", {"n": 5.0}),),
        (
            Lines(
                "coverage",
                "regime",
                "coverage over pressure, n = 5, by current",
                "coverage",
                "p",
                "coverage_mean",
                "i",
                {"n": 5.0},
            ),
            Drawn(
                "border",
                "regime",
                "the pressure at which 25 % are covered, over current, by exponent of creep, and its slope",
                draw_border,
            ),
        ),
    ),
)
