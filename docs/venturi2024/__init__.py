"""What Venturi et al. 2024 states on vacancies, with the decks that test it and what judges it."""

from __future__ import annotations

import csv
from math import exp, inf, pi, sqrt
from pathlib import Path

from claim import CHECK, Claim, Drawn, Figure, Finding, Paper, Tables, chain, found
from kept_table import Rows

from venturi2024 import coarsening
from venturi2024.mixing import GAS, ROOM, binodal

_TABLE = Path(__file__).resolve().parents[2] / "inputs" / "venturi2024" / "critical_temperatures.csv"
POOR_PHASE = {500.0: 0.046, 700.0: 0.0102, 1170.0: 4.1e-4}
"""Fraction of vacancies in the poor phase at 300 K, by critical temperature, to two or three digits."""
_START, _HALF, _END, _GRADIENT, _DIFFUSIVITY = 1e-3, 40e-9, 2e-3, 2e-13, 1e-14
"""Of the deck `separation`: amplitude at first, half a wave, m, and end, s; gradient energy, J m2/mol; diffusivity, m2/s."""
_HEAD = """This page checks what *Na vs. Li metal anodes* (10.1039/d4ta00971a) states on vacancies, with decks that anyone can run:
`make reproduce PAPERS=venturi2024`. Its critical temperatures are data, from calculations that are not repeated here; what
follows from them is. A *check of the code* is not a claim but a comparison with a closed form."""


def critical_temperatures() -> list[dict[str, str]]:
    """Return the rows of Tables 1 to 4; a value is a number of kelvins, one with '>' before it, or empty."""
    with _TABLE.open(encoding="utf-8") as stream:
        return list(csv.DictReader(line for line in stream if not line.startswith("#")))


def gathers(printed: str, kelvin: float = ROOM) -> bool | None:
    """Return whether vacancies congregate at a temperature; None where the paper gives no value."""
    return float(printed.removeprefix(">")) > kelvin if printed else None


def _word(printed: str) -> str:
    verdict = gathers(printed)
    return "not given" if verdict is None else f"{printed} K: {'congregate' if verdict else 'do not'}"


def _rows() -> str:
    lines = ["| table | metal | facet | under | in one plane | across planes |", "|---|---|---|---|---|---|"]
    for row in critical_temperatures():
        where = row["coating"] or "vacuum"
        verdicts = f"{_word(row['same_plane'])} | {_word(row['across_planes'])}"
        lines.append(f"| {row['table']} | {row['metal']} | ({row['facet']}) | {where} | {verdicts} |")
    return "\n".join(lines)


def grows(rows: Rows, mean: float, critical: float) -> bool:
    """Return whether the wave is larger at the end than at first, upside down or not."""
    return abs(rows.one("amplitude", mean=mean, critical=critical)) > _START


def _means(rows: Rows) -> list[float]:
    return [float(text) for text in rows.different("mean")]


def theory(mean: float, critical: float, kelvin: float = ROOM) -> float:
    """Return the factor by which a small wave of the deck `separation` grows during its run."""
    RT, k = GAS * kelvin, pi / _HALF
    curvature = RT / (mean * (1 - mean)) - 4 * GAS * critical
    mobility = _DIFFUSIVITY / RT * mean * (1 - mean)
    return exp(-mobility * k**2 * (curvature + _GRADIENT * k**2) * _END)


def stable_below(critical: float, kelvin: float = ROOM) -> float:
    """Return the mean fraction of vacancies below which no wave grows, where f'' = 0; infinite above T_c."""
    return (1 - sqrt(1 - kelvin / critical)) / 2 if critical > kelvin else inf


def fades_above(tables: Tables) -> Finding:
    rows = tables["separation"]
    cases, numbers = {}, []
    for mean in _means(rows):
        factors = []
        for text in rows.different("critical"):
            critical = float(text)
            if critical < ROOM:
                cases[f"{mean:g}, {critical:g} K"] = not grows(rows, mean, critical)
                factors.append(f"{rows.one('amplitude', mean=mean, critical=critical) / _START:.3g} ({critical:g} K)")
        numbers.append(f"mean fraction {mean:g}: {', '.join(factors)}")
    return found(cases, f"growth of the wave by a factor: {'; '.join(numbers)}", "part of the critical temperatures")


def facets(tables: Tables) -> Finding:
    rows = tables["separation"]
    cases, numbers, borders = {}, [], []
    for row in critical_temperatures():
        if row["table"] == "1" and row["metal"] == "Na":
            critical = float(row["same_plane"])
            if critical > ROOM:
                borders.append(f"{stable_below(critical):.2g} on ({row['facet']})")
            for mean in _means(rows):
                wave = grows(rows, mean, critical)
                cases[f"({row['facet']}), {mean:g}"] = wave == (critical > ROOM)
                numbers.append(f"({row['facet']}) at {mean:g}: the wave {'grows' if wave else 'fades'}")
    where = f"mean fractions above the limit of stability, (1 - sqrt(1 - T/T_c))/2: {', '.join(borders)}; below, a lattice that separates must first form a nucleus, which is not run"
    return found(cases, f"{'; '.join(numbers)}; in one plane", where)


def wave_theory(tables: Tables) -> Finding:
    rows = tables["separation"]
    off = [
        rows.one("amplitude", mean=mean, critical=float(text)) / _START / theory(mean, float(text)) - 1
        for mean in _means(rows)
        for text in rows.different("critical")
    ]
    return Finding(CHECK, f"factors of growth differ from theory by {max(map(abs, off)):.1e} of it, at most")


def closed_form(tables: Tables) -> Finding:
    runs = tables["equilibrium"].series("vacancy_fraction_min", "critical")
    off = [run / binodal(critical) - 1 for critical, run in zip(POOR_PHASE, runs, strict=True)]
    return Finding(
        CHECK,
        f"{chain(runs, 3)} where T_c is 500, 700 and 1170 K; runs differ from the closed form by {max(map(abs, off)):.1e} of it, at most",
    )


def draw_phases(rows: Rows, runs: Path, path: Path) -> None:
    import numpy as np
    from matplotlib.figure import Figure as Canvas
    from panels import save

    critical = np.concatenate([ROOM + np.geomspace(1e-3, 10.0, 40), np.linspace(312.0, 1300.0, 200)])
    poor = np.array([binodal(T_c) for T_c in critical])
    spinodal = (1 - np.sqrt(1 - ROOM / critical)) / 2
    figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for low, style, name in ((poor, "-", "in equilibrium"), (spinodal, "--", "limit of stability")):
        ax.plot(low, critical, style, color="C0", label=name)
        ax.plot(1 - low, critical, style, color="C0")
    for end in ("min", "max"):
        ax.plot(rows.series(f"vacancy_fraction_{end}", "critical"), list(POOR_PHASE), "o", color="C3", markersize=5)
    ax.set(xlabel="fraction of vacancies", ylabel="critical temperature [K]", xlim=(0, 1), ylim=(250, 1300))
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small", loc="upper center")
    save(figure, path)


_STIFFNESS, _MOBILITY, _WIDTH, _THICKNESS, _STEP = 0.2, 1e-9, 40e-9, 2e-9, 150e-9
"""Of the deck `fluctuations`: J/m2, m4/J/s, m, m, s."""
_BOLTZMANN = 1.380649e-23
"""Boltzmann constant, J/K."""


def mean_square(wave: int, stiffness: float, step: float = _STEP) -> float:
    """Return the mean square of the amplitude of a wave in the deck `fluctuations`, m2, with its steps in time."""
    k = wave * pi / _WIDTH
    in_equilibrium = _BOLTZMANN * ROOM / (_THICKNESS * _WIDTH * stiffness * k**2)
    return in_equilibrium / (1 + _MOBILITY * stiffness * k**2 * step / 2)


def mean_squares(rows: Rows) -> list[float]:
    """Return the mean square of the amplitude of each wave over the run, m2."""
    waves = sum(name.startswith("amplitude_") for name in rows.units)
    found = [rows.numbers(f"amplitude_{wave}") for wave in range(1, waves + 1)]
    return [sum(a * a for a in amplitudes) / len(amplitudes) for amplitudes in found]


def stiffness_of(rows: Rows) -> tuple[float, float]:
    """Return the stiffness with which the mean squares agree, J/m2, and its standard error by the number of samples.

    Each wave counts by the number of its independent samples: what it remembers from step to step is no new one.
    """
    squares, steps = mean_squares(rows), len(rows.cases)
    memories = [(1 + _MOBILITY * _STIFFNESS * (w * pi / _WIDTH) ** 2 * _STEP) ** -2 for w in range(1, len(squares) + 1)]
    samples = [steps * (1 - memory) / (1 + memory) for memory in memories]

    def excess(stiffness: float) -> float:
        ratios = (square / mean_square(w, stiffness) for w, square in enumerate(squares, 1))
        return sum(n * ratio for n, ratio in zip(samples, ratios, strict=True)) / sum(samples) - 1

    low, high = 1e-3, 1e3
    for _ in range(100):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    slope = (excess(1.01 * low) - excess(0.99 * low)) / (0.02 * low)
    return low, sqrt(2 / sum(samples)) / slope


def recovered(tables: Tables) -> Finding:
    found_, error = stiffness_of(tables["fluctuations"])
    return Finding(
        CHECK,
        f"{found_:.4g} J/m2 from the mean squares of {len(mean_squares(tables['fluctuations']))} waves, standard error {error:.2g} J/m2; "
        f"the deck has {_STIFFNESS:g} J/m2",
    )


def draw_spectrum(rows: Rows, runs: Path, path: Path) -> None:
    import numpy as np
    from matplotlib.figure import Figure as Canvas
    from panels import save

    squares = mean_squares(rows)
    waves = np.arange(1, len(squares) + 1)
    k = waves * pi / _WIDTH * 1e-9
    figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for step, style, name in ((0.0, "-", "in equilibrium"), (_STEP, "--", "with the steps of the run")):
        ax.loglog(k, [1e18 * mean_square(int(w), _STIFFNESS, step) for w in waves], style, color="C0", label=name)
    ax.loglog(k, 1e18 * np.array(squares), "o", color="C3", markersize=5, label="run")
    ax.set(xlabel="wave number [1/nm]", ylabel="mean square of the amplitude [nm²]")
    ax.grid(alpha=0.3, which="both")
    ax.legend(frameon=False, fontsize="small")
    save(figure, path)


def _trends() -> str:
    lines = ["| stiffer | softer | below [K] | above [K] |", "|---|---|---|---|"]
    with _TABLE.with_name("stiffness.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(line for line in stream if not line.startswith("#")):
            lines.append(f"| {row['stiffer']} | {row['softer']} | {row['below']} | {row['above']} |")
    return "\n".join(lines)


FIGURES = (
    Figure(
        "Critical temperatures",
        "Tables 1 to 4 as printed, in `inputs/venturi2024/critical_temperatures.csv` and as materials, which "
        "`trona materials --property critical_temperature` lists in the folder `inputs/venturi2024`, with what a regular solution says at "
        f"300 K: vacancies congregate where T_c is higher, if there are enough of them.\n\n{_rows()}",
        (
            Claim(
                "Table 1",
                "above the critical temperature vacancies do not congregate",
                "growth of a wave",
                ("separation",),
                fades_above,
            ),
            Claim(
                "Table 1",
                "at room temperature they congregate on Na(100) and Na(110), not on Na(111)",
                "growth of a wave",
                ("separation",),
                facets,
            ),
            Claim(
                "waves",
                "a small wave grows by exp(-M k^2 (f'' + kappa k^2) t)",
                "growth of a wave",
                ("separation",),
                wave_theory,
                is_check=True,
            ),
        ),
        pictures=(),
    ),
    Figure(
        "Phases in equilibrium",
        "Two phases of one lattice at 300 K, run until they rest.",
        (
            Claim(
                "binodal",
                "the poor phase has the fraction x of vacancies with 2 (T_c/T) (1 - 2 x) + ln(x/(1 - x)) = 0",
                "lowest fraction of vacancies",
                ("equilibrium",),
                closed_form,
                is_check=True,
            ),
        ),
        pictures=(
            Drawn(
                "phases",
                "equilibrium",
                "Phases of vacancies in a regular solution at 300 K: between the solid lines a lattice separates into the "
                "two phases on them, between the dashed ones any small wave grows; dots are runs",
                draw_phases,
            ),
        ),
    ),
    *coarsening.FIGURES,
    Figure(
        "Capillary fluctuations",
        "The stiffness of a surface follows from the mean squares of the amplitudes of its thermal waves, k_B T/(b W s k^2): "
        "the square is missing in print. A_k = sqrt(2)/W times the integral of h cos(k x) over the length W, with mirrors at the "
        "ends. The run knows its stiffness, and the waves give it back. What the paper states on the stiffness of Na and "
        f"Li is data, in `inputs/venturi2024/stiffness.csv`; it falls with temperature, and no values are printed:\n\n{_trends()}",
        (
            Claim(
                "fluctuations",
                "the stiffness of a surface is found from its thermal waves",
                "mean squares of amplitudes",
                ("fluctuations",),
                recovered,
                is_check=True,
            ),
        ),
        pictures=(
            Drawn(
                "spectrum",
                "fluctuations",
                "Mean squares of the amplitudes of thermal waves at 300 K; implicit Euler steps damp the short ones, as the "
                "broken line says",
                draw_spectrum,
            ),
        ),
    ),
)
DECKS = tuple(dict.fromkeys(deck for figure in FIGURES for deck in figure.decks))

PAPER = Paper(
    name="venturi2024",
    title="Venturi et al. 2024",
    work="Na vs. Li metal anodes: voids",
    doi="10.1039/d4ta00971a",
    head=_HEAD,
    figures=FIGURES,
)
