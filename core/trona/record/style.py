"""How figures are set, so that they can stand in a paper as they are: letters, lines and colours."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib
from cycler import cycler

P = ParamSpec("P")
T = TypeVar("T")
COLUMN, PAGE = 3.5, 7.0
"""Inches: the width of a column of a journal, and of its page."""
CURVE = 2.5
"""Inches: the height of a panel of curves."""
# Okabe and Ito's colours, which people with any colour vision tell apart; yellow, too pale for a line, comes last.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#F0E442")
LINES = ("-", "--", "-.", ":")
"""Styles of lines, one for each round through the colours."""
STYLE: Any = {
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.title_fontsize": 8.0,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "figure.titlesize": 9.0,
    "axes.linewidth": 0.7,
    "axes.prop_cycle": cycler(linestyle=LINES) * cycler(color=COLOURS),
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-3, 5),
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
    "axes.axisbelow": True,
    "grid.linewidth": 0.5,
    "grid.color": "0.88",
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "mathtext.fontset": "dejavusans",
}


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Let a function make or write figures in this style; that of the process does not change."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return drawn
