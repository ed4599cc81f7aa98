"""Which reporter tells the user of a run how far it is."""

from __future__ import annotations

import sys

from trona.record.notebook import NotebookReporter, in_notebook
from trona.record.terminal import PlainReporter, RichReporter, SilentReporter


def make_reporter(quiet: bool = False) -> SilentReporter:
    """Return a silent reporter if `quiet` (on all ranks but the first), else one for where this process runs.

    That is a bar in a notebook or a terminal, and lines in a pipe.
    """
    if quiet:
        return SilentReporter()
    if in_notebook():
        return NotebookReporter()
    return RichReporter() if sys.stderr.isatty() else PlainReporter()
