"""How thick an SEI has to be so that the metal under it does not crack it."""

from __future__ import annotations

from itertools import product
from math import exp, inf, log

from claim import CHECK, Claim, Figure, Finding, Pivot, Tables, chain, found

PRESSES = {"yield strength": (0.235, 0.73), "a third of the hardness": (5.0, 16.0)}
"""Pressure of sodium and of lithium, MPa: bulk yield strength, and hardness of Jiao et al. over three."""
HALF_GAP = 20.0
"""Of the deck, nm."""
GAPS, STRENGTHS, TOUGHNESS = (10.0, 20.0, 50.0, 100.0, 200.0), (30.0, 300.0), (0.1, 1.0)
"""Half-widths, nm; MPa; J/m2."""
THICKNESSES = (2.0, 4.0, 8.0, 16.0, 32.0)
SUFFICES, NEEDED = 4.0, 20.0
"""As printed for sodium and for lithium, nm."""
CURRENT, CONDUCTIVITY = 10.0, 5e-6
"""A/m2; S/m, that of the film in sei_growth.yaml."""


def thinnest(tables: Tables, pressure: float, gap: float, strength: float, toughness: float) -> float:
    """Return the thickness, nm, of the thinnest film over a gap of this half-width that the pressure does not crack.

    From the deck's film by scale: pressure over strength is a function of thickness over half-width. Between the cases
    the law is a power, and for thinner films the square.
    """
    cracked = tables["sei_crack"].series("pressure", "d", s=strength, G=toughness)
    if min(cracked) <= 0:
        return inf  # a film that cracks on its own
    x = [log(d / HALF_GAP) for d in THICKNESSES]
    y = [log(p / (strength * 1e6)) for p in cracked]
    wanted = log(pressure / strength)
    if wanted < y[0]:
        return gap * exp(x[0] + (wanted - y[0]) / 2)
    for x0, x1, y0, y1 in zip(x, x[1:], y, y[1:], strict=False):
        if wanted <= y1:
            return gap * exp(x0 + (x1 - x0) * (wanted - y0) / (y1 - y0))
    return gap * exp(x[-1] + (wanted - y[-1]) / 2)


def _region(tables: Tables) -> dict[str, tuple[float, float]]:
    """Return the thinnest films on sodium and on lithium, nm, by what is swept."""
    return {
        f"{kind}, half-gap {gap:g} nm, {s:g} MPa, {G:g} J/m²": (
            thinnest(tables, sodium, gap, s, G),
            thinnest(tables, lithium, gap, s, G),
        )
        for (kind, (sodium, lithium)), gap, s, G in product(PRESSES.items(), GAPS, STRENGTHS, TOUGHNESS)
    }


def _numbers(tables: Tables) -> str:
    lines = []
    for (kind, metals), s in product(PRESSES.items(), STRENGTHS):
        na, li = (chain([thinnest(tables, p, gap, s, 1.0) for gap in GAPS], 2) for p in metals)
        lines.append(f"{kind}, {s:g} MPa: sodium {na}, lithium {li}")
    return f"thinnest film, nm, at half-gaps of {chain(list(GAPS), 3)} nm and 1 J/m²: {'; '.join(lines)}"


def four_suffice(tables: Tables) -> Finding:
    cases = {name: na <= SUFFICES for name, (na, _) in _region(tables).items()}
    return found(cases, _numbers(tables), _where(cases))


def twenty_are_needed(tables: Tables) -> Finding:
    cases = {name: li > NEEDED for name, (_, li) in _region(tables).items()}
    return found(cases, "see above", _where(cases))


def both_at_once(tables: Tables) -> Finding:
    region = _region(tables)
    both = sum(na <= SUFFICES and li > NEEDED for na, li in region.values())
    ratios = [li / na for na, li in region.values()]
    return Finding(
        CHECK,
        f"4 nm on sodium and more than 20 nm on lithium, for the same film: in {both} of {len(region)} cases. Lithium needs "
        f"{min(ratios):.2f} to {max(ratios):.2f} times the thickness of sodium; the printed values need more than "
        f"{NEEDED / SUFFICES:g} times. A film that bends bears a pressure that rises as the square of its thickness, so "
        f"lithium would have to press {(NEEDED / SUFFICES) ** 2:g} times as hard; with these data it presses 3.1 and 3.2 "
        "times as hard. With films of other strength or gaps of other width on the two metals, both may hold",
    )


def sodium_needs_less(tables: Tables) -> Finding:
    region = _region(tables)
    cases = {name: na < li for name, (na, li) in region.items()}
    return found(cases, f"{len(cases)} cases", _where(cases))


def _where(cases: dict[str, bool]) -> str:
    """Return how many cases hold for each pressure and strength."""
    parts = []
    for kind, s in product(PRESSES, STRENGTHS):
        here = [name for name in cases if name.startswith(kind) and f" {s:g} MPa" in name]
        gaps = sorted({float(name.split("half-gap ")[1].split(" nm")[0]) for name in here if cases[name]})
        if gaps:
            parts.append(f"{kind}, {s:g} MPa: half-gaps of {', '.join(f'{gap:g}' for gap in gaps)} nm")
    return "; ".join(parts)


def beam(tables: Tables) -> Finding:
    lines = []
    for s, G in product(STRENGTHS, TOUGHNESS):
        cracked = tables["sei_crack"].series("pressure", "d", s=s, G=G)
        ratios = [p / (s * 1e6 * (d / HALF_GAP) ** 2) for p, d in zip(cracked, THICKNESSES, strict=True)]
        lines.append(f"{s:g} MPa, {G:g} J/m²: {chain(ratios, 3)}")
    return Finding(
        CHECK,
        "over s (d/a)², where the outer fibre of a clamped elastic beam reaches the strength s, the pressure is, at "
        f"{', '.join(f'{d:g}' for d in THICKNESSES)} nm: {'; '.join(lines)}. It is more than that because the interface "
        "still holds while it opens, and less so in thick films, which are no beams. The step of the pressure is up to a "
        "tenth of it",
    )


def optimum(tables: Tables) -> Finding:
    lines = []
    for kind, metals in PRESSES.items():
        drops = [
            1e3 * CURRENT * 1e-9 * thinnest(tables, p, HALF_GAP, strength, 1.0) / CONDUCTIVITY
            for p, strength in product(metals, (30.0,))
        ]
        lines.append(f"{kind}: sodium {drops[0]:.2g} mV, lithium {drops[1]:.2g} mV")
    return Finding(
        CHECK,
        f"drop in the thinnest film that holds, at {CURRENT:g} A/m² and {CONDUCTIVITY:g} S/m, half-gap {HALF_GAP:g} nm, 30 MPa: "
        f"{'; '.join(lines)}; a thicker film only resists more, so that the optimum is the thinnest film that holds",
    )


DECK = ("sei_crack",)
FIGURES = (
    Figure(
        "Cracks of the SEI",
        "A film, clamped at both ends of a gap, is pressed by the metal until a cohesive crack opens in its middle. Metal "
        "presses at most with its yield strength, or with a third of its hardness. The paper quotes the result of a "
        "cohesive-zone model without its geometry or strength. Assumed: the shape, a modulus of 5 GPa, strengths of 30 and "
        "300 MPa, toughness of 0.1 and 1 J/m²; half-gaps from 10 to 200 nm by scale from the one of the deck, 20 nm.",
        (
            Claim("SEI", "4 nm suffice on sodium", "thinnest film that holds", DECK, four_suffice),
            Claim("SEI", "lithium needs more than 20 nm", "thinnest film that holds", DECK, twenty_are_needed),
            Claim("SEI", "both for the same film", "thinnest film that holds", DECK, both_at_once, is_check=True),
            Claim(
                "SEI", "sodium needs a thinner SEI than lithium", "thinnest film that holds", DECK, sodium_needs_less
            ),
            Claim("SEI", "pressure that cracks, against a beam", "pressure", DECK, beam, is_check=True),
            Claim("SEI", "optimum between crack and ohmic drop", "drop", DECK, optimum, is_check=True),
        ),
        (Pivot("sei_crack", "Pressure that cracks the film at 1 J/m², Pa", "pressure", "s", "d", {"G": 1}),),
    ),
)
