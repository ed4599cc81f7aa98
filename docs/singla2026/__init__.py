"""What Singla et al. 2026 states, figure by figure, with the decks that test it and what judges it."""

from __future__ import annotations

from singla2026 import figure2, figure3, figure4, figures56

FIGURES = (figure2.FIGURE, figure3.FIGURE, figure4.FIGURE, *figures56.FIGURES)
DECKS = tuple(dict.fromkeys(deck for figure in FIGURES for deck in figure.decks))
