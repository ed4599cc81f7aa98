"""`trona report` and `trona open`: the page of a run or sweep."""

from __future__ import annotations

import argparse
from pathlib import Path

from trona.cli.ranks import Ranks


def report(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Make the page anew and say where it is."""
    from trona.page import write_page

    ranks.out(f"written to {write_page(arguments.folder, arguments.output)}")
    return 0


def open_page(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Open the page in a browser, after it is made anew if it is older than the run; say where it is."""
    import webbrowser

    from trona.page import is_outdated, write_page
    from trona.record.paths import PAGE
    from trona.record.results import load

    folder = Path(arguments.folder)
    load(folder)  # what is no run is told
    at = write_page(folder) if is_outdated(folder) else folder / PAGE
    opened = webbrowser.open(at.resolve().as_uri())
    ranks.out(str(at) if opened else f"{at}\nno browser could be started here; open this file in one")
    return 0
