"""Which reporter tells the user of a sweep how far it is."""

from __future__ import annotations

import sys

from trona.record.notebook import in_notebook
from trona.sweep.notebook import NotebookSweep
from trona.sweep.terminal import PlainSweep, RichSweep, SilentSweep


def make_sweep_reporter(quiet: bool = False) -> SilentSweep:
    """Return a silent reporter if `quiet`, else a bar in a notebook or a terminal, or lines in a pipe."""
    if quiet:
        return SilentSweep()
    if in_notebook():
        return NotebookSweep()
    return RichSweep() if sys.stderr.isatty() else PlainSweep()
