"""What Jiao et al. state on pressure, rest and current, with the decks that test it and what judges it."""

from __future__ import annotations

from claim import Figure, Paper

from jiao import flattening, meshed

_HEAD = """This page checks what *Critical role of pressure for chemo-mechanical induced stability of sodium metal battery anodes* states
on the shape of deposits, with decks that anyone can run: `make reproduce PAPERS=jiao`. Most of it is a reduced model: islands are
alike, dense and flat, with two unknowns, volume per area and coverage, and flatten as discs of a creeping metal between plates that
they slide on or stick to (`islands`); a test compares this with the flow of such a disc. Sodium plates everywhere, also where an
island touches the plate, and the pressure is carried by the islands alone. One section solves the flow of an island that is meshed
as a body instead, at large strain, and says how far the reduced model agrees. What the paper does not state is swept. A *check of
the code* is not a claim but arithmetic with the data or a comparison with a closed form.

The mean Coulombic efficiencies of the paper, 81.89, 95.94, 99.05 and 99.59 % at 0, 22, 136 and 500 kPa, are not computed from the
pressure. They are inputs elsewhere: [cells](../cells/index.md) says what has to be lost for each (`inputs/cells/efficiency.yaml`)
and how many cycles an excess of metal then lasts (`cycle_life.yaml`), and shows the hysteresis of the voltage of symmetric cells
(`symmetric.yaml`); [Lee et al.](../lee2019/index.md) says how long the electrolyte lasts (`inputs/lee2019/dry_out.yaml`)."""

FIGURES: tuple[Figure, ...] = (flattening.FIGURES[0], *meshed.FIGURES, *flattening.FIGURES[1:])
DECKS = tuple(dict.fromkeys(deck for figure in FIGURES for deck in figure.decks))

PAPER = Paper(
    name="jiao",
    title="Jiao et al.",
    work="Critical role of pressure for chemo-mechanical induced stability of sodium metal battery anodes",
    doi="year and identifier not known to us",
    head=_HEAD,
    figures=FIGURES,
)
