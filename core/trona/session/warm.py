"""Compiling all that a deck needs, without solving it: its first run then starts at once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from trona.errors import SolveError
from trona.problem.start import start_firedrake

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.model import Model
    from trona.record import Reporter
    from trona.settings import Settings


def warm(model: Model, settings: Settings, reporter: Reporter) -> None:
    """Leave every kernel that a run of a model needs in the cache on disk. Collective.

    Everything that a run assembles is assembled once, in its initial state.
    """
    start_firedrake()
    from trona.session.session import Session

    solution = Session(model, settings, reporter).solution
    solution.problem.newton.compile()
    reads: tuple[Callable[[], object], ...] = (
        lambda: solution.audit.step(1, 0.0, 1.0),
        solution.outputs,
        lambda: solution.snapshot(0.0, 1),
        lambda: list(solution.lines(0.0, 1)),
        solution.poor_cell,
        solution.warnings,
    )
    for read in reads:
        # The initial state is no solution: what is read off it may have no value, and is not looked at.
        with np.errstate(all="ignore"), suppress(SolveError):
            read()
