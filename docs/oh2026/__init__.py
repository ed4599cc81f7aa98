"""What Oh et al. 2026 states, system by system, with the decks that test it and what judges it."""

from __future__ import annotations

from claim import Figure, Paper

from oh2026 import bubbles, cracks, currents, films, stretch, voids

_HEAD = """This page checks the systems of *Fast-charging sodium metal anodes* (10.1039/d5lf00305a), a review, with decks that
anyone can run: `make reproduce PAPERS=oh2026`. Each claim is judged by the quantity that the paper names. What the paper does not
state is swept or assumed: each section lists its assumptions. A *check of the code* is not a claim but arithmetic with our own
inputs or a comparison with a closed form."""

FIGURES: tuple[Figure, ...] = (
    *films.FIGURES,
    *currents.FIGURES,
    *voids.FIGURES,
    *bubbles.FIGURES,
    *cracks.FIGURES,
    *stretch.FIGURES,
)
DECKS = tuple(dict.fromkeys(deck for figure in FIGURES for deck in figure.decks))

PAPER = Paper(
    name="oh2026",
    title="Oh et al. 2026",
    work="Fast-charging sodium metal anodes",
    doi="10.1039/d5lf00305a",
    head=_HEAD,
    figures=FIGURES,
)
