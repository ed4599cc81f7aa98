"""Cells that belong to no single paper: their decks, what they are checked with, and their pictures."""

from __future__ import annotations

from claim import Figure, Paper

from cells import cycles, ends, voltages

_HEAD = """This page shows cells with two electrodes that belong to no single paper: `make reproduce PAPERS=cells`. Currents, durations and
Coulombic efficiencies are those of [Jiao et al.](../jiao/index.md) (*Critical role of pressure for chemo-mechanical induced stability
of sodium metal battery anodes*), the loading is that of Oh et al. 2026. What nobody published is assumed: each section lists it. A *check of the
code* is not a claim but a comparison with a closed form, or arithmetic."""

FIGURES: tuple[Figure, ...] = (*voltages.FIGURES, *cycles.FIGURES, *ends.FIGURES)

PAPER = Paper(
    name="cells",
    title="Cells",
    work="Cells with two electrodes that belong to no single paper",
    doi="",
    head=_HEAD,
    figures=FIGURES,
)
