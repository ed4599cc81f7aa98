"""How thick an SEI may be so that the growth of the metal under it does not crack it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from claim import CHECK, Claim, Drawn, Figure, Finding, Pivot, Tables, chain, found
from kept_table import Rows

from oh2026.cracks import GAPS, PRESSES, thinnest

AMPLITUDES, ENERGIES, THICKNESSES = (0.1, 0.3, 1.0), (0.1, 1.0), (2.0, 4.0, 8.0, 16.0, 32.0)
"""um; J/m2; nm."""
RELEASE, MODULUS = 1.976, 5.5e9
"""Of the deck; Pa."""
CURRENT, CONDUCTIVITY, PLATED = 10.0, 5e-6, "1 mAh/cm²"
"""A/m2; S/m."""
SUFFICES = 4.0
"""As printed for sodium, nm."""
BARE = 1e-6
"""Share of bare metal that counts as a crack."""


def thickest(rows: Rows, amplitude: float, energy: float) -> float:
    """Return the thickness, nm, of the thickest film that the crests do not crack: from the stretch, which it hardly changes."""
    stretch = rows.series("film_stretch_max", "d", A=amplitude, G=energy)[0]
    return 1e9 * energy / (RELEASE * MODULUS * stretch**2)


def holds(rows: Rows, amplitude: float, energy: float, thick: float) -> bool:
    return rows.one("bare_share_max", A=amplitude, G=energy, d=thick) < BARE


def _where(amplitude: float, energy: float) -> str:
    return f"waves of {amplitude:g} µm, {energy:g} J/m²"


def four_still_suffice(tables: Tables) -> Finding:
    rows = tables["sei_stretch"]
    cases = {_where(A, G): holds(rows, A, G, SUFFICES) for A, G in product(AMPLITUDES, ENERGIES)}
    numbers = "; ".join(
        f"{_where(A, G)}: largest stretch {rows.one('film_stretch_max', A=A, G=G, d=SUFFICES):.3g}, the film bears "
        f"{rows.one('stretch_borne', A=A, G=G, d=SUFFICES):.3g}, bare {rows.one('bare_share_max', A=A, G=G, d=SUFFICES):.2g}"
        for A, G in product(AMPLITUDES, ENERGIES)
    )
    return found(cases, f"{PLATED}: {numbers}", "; ".join(name for name, held in cases.items() if held))


def window(tables: Tables) -> Finding:
    rows, lines = tables["sei_stretch"], []
    sodium = {kind: pressures[0] for kind, pressures in PRESSES.items()}
    for A, G in product(AMPLITUDES, ENERGIES):
        most = thickest(rows, A, G)
        parts = []
        for (kind, pressure), strength in product(sodium.items(), (30.0, 300.0)):
            gaps = [gap for gap in GAPS if thinnest(tables, pressure, gap, strength, G) <= most]
            parts.append(
                f"{kind}, {strength:g} MPa: gaps up to {max(gaps):g} nm" if gaps else f"{kind}, {strength:g} MPa: none"
            )
        drop = 1e3 * CURRENT * most * 1e-9 / CONDUCTIVITY
        lines.append(f"{_where(A, G)}: at most {most:.3g} nm, {drop:.2g} mV ({'; '.join(parts)})")
    return Finding(
        CHECK,
        "growth sets the thickest film, the pressure of the metal over a gap the thinnest, and all between resist in proportion to "
        f"their thickness, so that the optimum is the thinnest. Thickest film, its drop at {CURRENT:g} A/m², and the half-gaps of "
        f"those of the deck sei_crack at which a thinner one bears the pressure of sodium: {'. '.join(lines)}",
    )


def focuses(tables: Tables) -> Finding:
    rows, lines = tables["sei_stretch"], []
    for A in AMPLITUDES:
        whole = [rows.one("theta", A=A, G=ENERGIES[-1], d=d) for d in THICKNESSES]
        cracked = [rows.one("theta", A=A, G=ENERGIES[0], d=d) for d in THICKNESSES]
        lines.append(
            f"waves of {A:g} µm: {chain(whole)} with {ENERGIES[-1]:g} J/m², {chain(cracked)} with {ENERGIES[0]:g} J/m²"
        )
    return Finding(
        CHECK,
        f"largest over smallest current density after {PLATED} with films of {chain(list(THICKNESSES), 2)} nm: {'; '.join(lines)}. "
        "Under a whole film the current of this flat electrolyte is even; where a film cracks, it gathers on the crests",
    )


def theory(tables: Tables) -> Finding:
    rows = tables["sei_stretch"]
    wrong = [
        (A, G, d)
        for A, G, d in product(AMPLITUDES, ENERGIES, THICKNESSES)
        if holds(rows, A, G, d)
        != (rows.one("film_stretch_max", A=A, G=G, d=d) <= (G / (RELEASE * MODULUS * d * 1e-9)) ** 0.5)
    ]
    return Finding(
        CHECK,
        f"{len(AMPLITUDES) * len(ENERGIES) * len(THICKNESSES) - len(wrong)} of 30 films crack where theory says so",
    )


def _draw(rows: Rows, _: Path, path: Path) -> None:
    """Draw the bare share of the crests over the thickness."""
    from matplotlib.figure import Figure as Canvas
    from panels import save

    figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for number, A in enumerate(AMPLITUDES):
        for G, style in zip(ENERGIES, ("o-", "s--"), strict=True):
            bare = [100 * share for share in rows.series("bare_share_max", "d", A=A, G=G)]
            ax.semilogx(THICKNESSES, bare, style, color=f"C{number}", label=f"{A:g} µm, {G:g} J/m²")
    ax.set(xlabel="thickness of the film [nm]", ylabel="bare share at the crests [%]", xticks=THICKNESSES)
    ax.set_xticklabels([f"{d:g}" for d in THICKNESSES])
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    figure.legend(frameon=False, fontsize="small", ncols=3, loc="outside upper center")
    save(figure, path)


DECK = ("sei_stretch",)
FIGURES = (
    Figure(
        "Cracks of the SEI over growing metal",
        "Waves of sodium grow under a film that does not: their crests stretch it (`stretched_film`), and beyond what it bears it "
        "leaves metal bare, which reacts faster and behind less film until new film covers it. Metal that is deposited fills a crack, "
        "so no traction acts across it, and the law of `cohesive` does not hold there: what is left is how much area the film lacks. "
        f"{PLATED} at {CURRENT:g} A/m². Assumed: waves of 40 µm and of 0.1 to 1 µm, a modulus of 5.5 GPa, 0.1 and 1 J/m², 20 min to cover "
        "bare metal, which reacts three times as fast.",
        (
            Claim("SEI", "4 nm suffice on sodium while it grows", "bare share of metal", DECK, four_still_suffice),
            Claim(
                "SEI",
                "window of thickness: cracks by growth, by pressure, and ohmic drop",
                "thickest and thinnest film",
                (*DECK, "sei_crack"),
                window,
                is_check=True,
            ),
            Claim("SEI", "a cracked film gathers the current", "theta", DECK, focuses, is_check=True),
            Claim(
                "SEI",
                "a film cracks where it is stretched beyond sqrt(G/(Z E d))",
                "bare share",
                DECK,
                theory,
                is_check=True,
            ),
        ),
        (
            Pivot(
                "sei_stretch",
                "Largest bare share after 1 mAh/cm², films of 0.1 J/m²",
                "bare_share_max",
                "A",
                "d",
                {"G": 0.1},
            ),
        ),
        pictures=(
            Drawn(
                "bare",
                "sei_stretch",
                "Metal that the film leaves bare at the crests after 1 mAh/cm²; waves, fracture energy",
                _draw,
            ),
        ),
    ),
)
