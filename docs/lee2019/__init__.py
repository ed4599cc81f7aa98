"""What Lee et al. 2019, a review, states on the stiffness of electrolytes, with the decks that test it and what judges it."""

from __future__ import annotations

from claim import Figure, Paper

from lee2019 import electrolytes, losses, waves

_HEAD = """This page checks what *Sodium metal anodes: emerging solutions to dendrite growth* (10.1021/acs.chemrev.8b00642), a review,
states on electrolytes that hold a metal flat, with decks that anyone can run: `make reproduce PAPERS=lee2019`. Its values of
conductivity and stiffness are in `inputs/lee2019/electrolytes.csv`, each with the material file that holds it (`trona materials`).
What the paper does not state is swept or assumed: each section lists its assumptions. A *check of the code* is not a claim but
arithmetic with our own inputs or a comparison with a closed form."""

FIGURES: tuple[Figure, ...] = (*electrolytes.FIGURES, *waves.FIGURES, *losses.FIGURES)
DECKS = tuple(dict.fromkeys(deck for figure in FIGURES for deck in figure.decks))

PAPER = Paper(
    name="lee2019",
    title="Lee et al. 2019",
    work="Sodium metal anodes: emerging solutions to dendrite growth",
    doi="10.1021/acs.chemrev.8b00642",
    head=_HEAD,
    figures=FIGURES,
)
