"""`trona new-plugin`."""

from __future__ import annotations

import argparse
import shlex
import sys
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
    # `pip` and `pytest` on the path are most often those of another Python.
    python = shlex.quote(sys.executable)
    install = f"{python} -m pip install --no-deps --no-build-isolation -e {shlex.quote(str(root))}"
    ranks.out(f"\nnext: {install} && {python} -m pytest --trona-plugin {arguments.name}")
    return 0
