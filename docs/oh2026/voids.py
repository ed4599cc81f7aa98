"""Voids on stripping: the flux of vacancies, what pressure does, and the current that creep can follow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product
from math import erf, exp, inf, sinh, sqrt, tanh
from pathlib import Path

from claim import CHECK, Claim, Drawn, Figure, Finding, Lines, Pivot, Tables, chain, found, rises
from kept_table import Rows

from oh2026.film_forms import I0, F, R, T

METALS = {"sodium": (5.1e4, 44e3, 0.235e6, 5.0, 2.375e-5), "lithium": (6.0e2, 33e3, 0.73e6, 6.56, 1.300e-5)}
"""Creep prefactor, 1/s; activation energy, J/mol; reference stress, Pa; exponent; molar volume, m3/mol."""
FORMS = {"all": "{injection: all", "rising": "{injection: rising", "falling": "{injection: falling"}
"""How each form of the share begins in the table of the sweep."""
THICKNESS, CRITICAL = 20e-6, 0.1
"""Of the metal, m; critical overpotential, V."""
DIFFUSIVITIES, PRESSURES, OVERPOTENTIALS = (1e-13, 1e-11), (0.1, 0.3, 1.0, 3.0, 10.0), (10.0, 50.0, 90.0)
"""m2/s; MPa; mV."""


def limit(metal: str, D: float, pressure: float) -> float:
    """Return the current density, A/m2, whose vacancies would take all sites of the surface in the steady state."""
    A0, Q, sigma, n, volume = METALS[metal]
    k = 1.5 * A0 * exp(-Q / (R * T)) * (1.5 * pressure / (n * sigma)) ** n
    return F / volume * sqrt(D * k) * tanh(THICKNESS * sqrt(k / D))


def _series(tables: Tables, output: str, along: str) -> Iterator[tuple[str, str, list[float]]]:
    """Return the form, the other parameters and an output along one of them, for each combination of the others."""
    rows = tables["voids"]
    values = {"p": PRESSURES, "eta": OVERPOTENTIALS}["eta" if along == "p" else "p"]
    other = "eta" if along == "p" else "p"
    for metal, form, D, value in product(METALS, FORMS, DIFFUSIVITIES, values):
        fixed = {"metal": metal, "share": FORMS[form], "D": D, other: value}
        name = f"{form}, {metal}, D {D:g} m²/s, {value:g} {'mV' if along == 'p' else 'MPa'}"
        yield form, name, rows.series(output, along, **fixed)


def flux_rises(tables: Tables) -> Finding:
    cases: dict[str, bool] = {}
    counts = dict.fromkeys(FORMS, 0)
    for form, name, values in _series(tables, "vacancy_injection_mean", "eta"):
        cases[name] = rises(values)
        counts[form] += cases[name]
    each = len(cases) // len(FORMS)
    rows = tables["voids"]
    lines = []
    for form, begins in FORMS.items():
        values = rows.series("vacancy_injection_mean", "eta", metal="sodium", share=begins, D=1e-13, p=10)
        lines.append(f"{form} {chain([1e9 * v for v in values], 3)}")
    where = ", ".join(f"{form}: in {count} of {each} cases" for form, count in counts.items())
    numbers = f"sodium, 10 MPa, 1e-13 m²/s, at 10, 50 and 90 mV, nm/s: {'; '.join(lines)}"
    return found(cases, numbers, where)


def pressure_keeps_contact(tables: Tables) -> Finding:
    cases, lines = {}, []
    for form, name, values in _series(tables, "contact_share_mean", "p"):
        cases[name] = rises(values)
        if form == "rising" and "sodium" in name and "50 mV" in name:
            lines.append(f"{name}: {chain(values, 3)}")
    numbers = f"share of the contact at {', '.join(f'{p:g}' for p in PRESSURES)} MPa, {'; '.join(lines)}"
    return found(cases, numbers, ", ".join(name for name, holds in cases.items() if holds))


def contact_is_lost_above_a_current(tables: Tables) -> Finding:
    rows = tables["voids"]
    most, worst = 0.0, 0.0
    for metal, form, D, p, eta in product(METALS, FORMS, DIFFUSIVITIES, PRESSURES, OVERPOTENTIALS):
        fixed = {"metal": metal, "share": FORMS[form], "D": D, "p": p, "eta": eta}
        i, contact = (rows.one(o, **fixed) for o in ("reaction_current_density_mean", "contact_share_mean"))
        share = {"all": 1.0, "rising": eta * 1e-3 / CRITICAL, "falling": 1 - eta * 1e-3 / CRITICAL}[form]
        bare = 2 * I0 * sinh(F * eta * 1e-3 / (2 * R * T))
        expected = bare / (1 + share * bare / limit(metal, D, p * 1e6))
        worst = max(worst, abs(i / expected - 1))
        most = max(most, abs(contact * (1 + share * bare / limit(metal, D, p * 1e6)) - 1))
    return Finding(
        CHECK,
        f"i = i_b/(1 + f i_b/i_L), with i_b the current of an intact surface: off by at most {worst:.0e}, contact by {most:.0e}",
    )


def onset(tables: Tables) -> Finding:
    lines = []
    for metal, D in product(METALS, DIFFUSIVITIES):
        currents = [limit(metal, D, p * 1e6) for p in PRESSURES]
        lines.append(f"{metal}, D {D:g} m²/s: {chain(currents, 2)}")
    rows = tables["voids"]
    half = [
        f"{metal} {rows.one('reaction_current_density_mean', metal=metal, share=FORMS['all'], D=1e-13, p=1, eta=90):.3g}"
        for metal in METALS
    ]
    return Finding(
        CHECK,
        f"i_L at {', '.join(f'{p:g}' for p in PRESSURES)} MPa, A/m², {'; '.join(lines)}; of an intact surface 90 mV would "
        f"draw {2 * I0 * sinh(F * 0.09 / (2 * R * T)):.3g} A/m², with all atoms leaving a vacancy it is {', '.join(half)} at 1 MPa and 1e-13 m²/s",
    )


def sodium_against_lithium(tables: Tables) -> Finding:
    ratios = {p: limit("sodium", 1e-13, p * 1e6) / limit("lithium", 1e-13, p * 1e6) for p in PRESSURES}
    rows, more = tables["voids"], 0
    pairs = list(product(FORMS.values(), DIFFUSIVITIES, PRESSURES, OVERPOTENTIALS))
    for share, D, p, eta in pairs:
        na, li = (
            rows.one("contact_share_mean", metal=m, share=share, D=D, p=p, eta=eta) for m in ("sodium", "lithium")
        )
        more += na > li
    return Finding(
        CHECK,
        f"at equal diffusivity sodium keeps more contact in {more} of {len(pairs)} cases; its i_L is "
        f"{chain(list(ratios.values()), 2)} times that of lithium at these pressures, as it creeps faster",
    )


LOST, LONGEST, OF_MAP = 0.01, 36e3, 1e-13
"""Contact at which the runs of the map end; time, s, after which they end anyhow; diffusivity, m2/s."""


def critical(pressure: float) -> float:
    """Return the current density, A/m2, whose vacancies would take all sites of thick sodium: i_c = (F/V_m) sqrt(D k)."""
    A0, Q, sigma, n, volume = METALS["sodium"]
    return F / volume * sqrt(OF_MAP * 1.5 * A0 * exp(-Q / (R * T)) * (1.5 * pressure / (n * sigma)) ** n)


def until_lost(pressure: float, current: float) -> float:
    """Return the time, s, at which thick sodium has lost its contact: (i/i_c) erf(sqrt(k t)) = 1, by bisection."""
    A0, Q, sigma, n, _ = METALS["sodium"]
    k = 1.5 * A0 * exp(-Q / (R * T)) * (1.5 * pressure / (n * sigma)) ** n
    ratio = current / critical(pressure)
    if ratio * erf(sqrt(k * LONGEST)) <= 1 - LOST:
        return inf
    low, high = 0.0, LONGEST
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio * erf(sqrt(k * middle)) < 1 - LOST else (low, middle)
    return high


def _map(rows: Rows) -> dict[tuple[float, float], tuple[float, float]]:
    """Return time and contact at the end by pressure, MPa, and current density."""
    names = ("p", "i", "stripped", "contact_share_mean")
    columns = zip(*(rows.numbers(name) for name in names), strict=True)
    return {(p, i): (t, contact) for p, i, t, contact in columns}


def onset_rises_with_pressure(tables: Tables) -> Finding:
    ends = _map(tables["voids_onset"])
    pressures, currents = (sorted({key[n] for key in ends}) for n in (0, 1))
    lost = {p: [ends[p, i][1] < 2 * LOST for i in currents] for p in pressures}
    lowest = [next((i for i, gone in zip(currents, lost[p], strict=True) if gone), inf) for p in pressures]
    cases = {f"{p:.3g} MPa: none below it": not any(a and not b for a, b in pairwise(lost[p])) for p in pressures}
    cases |= {
        f"{p:.3g} MPa: some current keeps its contact": low > currents[0]
        for p, low in zip(pressures, lowest, strict=True)
    }
    cases |= {
        f"{q:.3g} MPa: not below that at {p:.3g}": b >= a
        for (p, a), (q, b) in pairwise(zip(pressures, lowest, strict=True))
    }
    numbers = (
        f"the lowest of {chain(currents, 3)} A/m² that loses the contact within {LONGEST / 3600:g} h at "
        f"{', '.join(f'{p:.3g}' for p in pressures)} MPa: {chain(lowest, 3)}"
    )
    return found(cases, numbers, ", ".join(name for name, holds in cases.items() if holds))


def onset_in_closed_form(tables: Tables) -> Finding:
    ends, worst, agree = _map(tables["voids_onset"]), 0.0, 0
    for (p, i), (t, contact) in ends.items():
        expected = until_lost(p * 1e6, i)
        agree += (expected < inf) == (contact < 2 * LOST)
        if expected < inf:
            worst = max(worst, abs(t / expected - 1))
    borders = [critical(p * 1e6) for p in sorted({p for p, _ in ends})]
    return Finding(
        CHECK,
        f"(i/i_c) erf(√(k t)) = 1 with i_c = (F/V_m) √(D k): {agree} of {len(ends)} runs lose their contact where it says so, at a "
        f"time off by at most {100 * worst:.2g} %; i_c at these pressures {chain(borders, 3)} A/m², as p^(n/2)",
    )


def _draw_onset(rows: Rows, _: Path, path: Path) -> None:
    """Draw the time until contact is lost over pressure and current: runs beside closed form, and i_c."""
    import numpy as np
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure as Canvas
    from panels import save

    ends = _map(rows)
    pressures, currents = (sorted({key[n] for key in ends}) for n in (0, 1))
    run = [[ends[p, i][0] if ends[p, i][1] < 2 * LOST else np.nan for p in pressures] for i in currents]
    fine_p, fine_i = (np.geomspace(each[0], each[-1], 121) for each in (pressures, currents))
    form = [[(t if (t := until_lost(p * 1e6, i)) < inf else np.nan) for p in fine_p] for i in fine_i]
    figure = Canvas(figsize=(7.6, 3.4), layout="constrained")
    scale = LogNorm(1, LONGEST)
    for number, (title, x, y, values) in enumerate(
        (("runs", pressures, currents, run), ("closed form", fine_p, fine_i, form)), 1
    ):
        ax = figure.add_subplot(1, 2, number)
        drawn = ax.pcolormesh(x, y, values, norm=scale, shading="nearest", cmap="viridis_r")
        ax.plot(fine_p, [critical(p * 1e6) for p in fine_p], "r--", label="$i_c$")
        ax.set(xscale="log", yscale="log", xlabel="p [MPa]", ylabel="i [A/m²]", title=title)
        ax.set(xlim=(pressures[0] / 1.3, pressures[-1] * 1.3), ylim=(currents[0] / 1.8, currents[-1] * 1.8))
        ax.legend(frameon=False, fontsize="small", loc="lower right")
    figure.colorbar(drawn, ax=figure.axes, label="time until contact is lost [s]")
    save(figure, path)


DECK, ONSET = ("voids",), ("voids_onset",)
FIGURES = (
    Figure(
        "Voids on stripping (eq. 7)",
        "Vacancies enter 20 µm of metal where it is stripped, diffuse, and are filled by creep under pressure (the rate at "
        "which power-law creep closes small voids). The exchange current density falls with the contact. The steady state, "
        "at fixed overpotential. Printed is the flux (j/zF)(1 − η/η_c), *falling*, while the text has it rise: "
        "(j/zF) η/η_c is *rising*, j/zF *all*. Assumed: η_c = 100 mV, the diffusivities, and that voids this small count as vacancies. "
        "i_L = (F/V_m) √(D k) tanh(L √(k/D)) is the current whose vacancies would take the whole surface; contact is half "
        "lost where f i_b = i_L.",
        (
            Claim("eq. 7", "the flux of vacancies rises with the overpotential", "flux", DECK, flux_rises),
            Claim("text", "pressure keeps the contact", "share of the contact", DECK, pressure_keeps_contact),
            Claim(
                "onset",
                "current and contact have a closed form",
                "current",
                DECK,
                contact_is_lost_above_a_current,
                is_check=True,
            ),
            Claim("onset", "current that creep can follow, over pressure", "i_L", DECK, onset, is_check=True),
            Claim("Na, Li", "sodium against lithium", "contact", DECK, sodium_against_lithium, is_check=True),
        ),
        (
            Pivot(
                "voids",
                "Share of the contact on sodium, share of vacancies rising, D = 1e-13 m²/s",
                "contact_share_mean",
                "p",
                "eta",
                {"metal": "sodium", "share": FORMS["rising"], "D": 1e-13},
            ),
        ),
        (
            Lines(
                "contact",
                "voids",
                "share of the contact on sodium over pressure, share of vacancies rising, D = 1e-13 m²/s",
                "share of the contact",
                "p",
                "contact_share_mean",
                "eta",
                {"metal": "sodium", "share": FORMS["rising"], "D": 1e-13},
            ),
        ),
    ),
    Figure(
        "Onset of voids over pressure and current",
        "Thick sodium is stripped at a given current density until a hundredth of its contact is left, for at most ten "
        "hours. All atoms leave a vacancy behind, D = 1e-13 m²/s; the other assumptions are those above. White: contact kept. "
        "At low pressure the lowest current that loses its contact is set by the ten hours, above by creep.",
        (
            Claim(
                "onset",
                "voids form above a critical current, which pressure raises",
                "loss of contact",
                ONSET,
                onset_rises_with_pressure,
            ),
            Claim("onset", "time and border in closed form", "time", ONSET, onset_in_closed_form, is_check=True),
        ),
        (),
        (
            Drawn(
                "map",
                "voids_onset",
                "time until the contact is lost, over pressure and current density, beside its closed form; dashed: i_c",
                _draw_onset,
            ),
        ),
    ),
)
