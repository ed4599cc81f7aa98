"""`trona new-plugin`."""

from __future__ import annotations

import argparse
from pathlib import Path

from trona.cli.ranks import Ranks


def new_plugin(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Write a package for a new physics, and print the next command."""
    from trona.template import new_package

    if not ranks.first:
        return 0
    written = new_package(arguments.name, Path(arguments.output) if arguments.output else None)
    root = written[0].parent
    for path in written:
        ranks.out(str(path))
    ranks.out(f"\nnext: pip install -e {root} && pytest --trona-plugin {arguments.name}")
    return 0
