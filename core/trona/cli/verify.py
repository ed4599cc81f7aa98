"""`trona verify`."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from trona.cli.ranks import Ranks


def verify(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Verify the composed equations of a deck; exit code 1 if a proof fails."""
    from trona.deck import read_deck
    from trona.model import compose
    from trona.record import open_directory
    from trona.verify import MOST_UNKNOWNS
    from trona.verify import verify as verify_deck

    model = compose(
        read_deck(arguments.deck, arguments.overrides, allow_petsc=arguments.allow_petsc)
    )  # mistakes in the deck are reported before a folder is made
    directory = None
    if ranks.first:
        path = Path(arguments.output) if arguments.output else None
        directory = open_directory(path, f"{model.deck.name}-verify")
    found = verify_deck(
        model,
        max_unknowns=arguments.unknowns or MOST_UNKNOWNS,
        progress=lambda text: None if arguments.quiet else ranks.write(text),
    )
    if directory is not None:
        directory.write_json("verification.json", found.data())
        directory.write_text("verification.md", f"# {found.deck}: {found.verdict}\n\n{found.table()}\n")
        picture = io.BytesIO()
        found.draw(picture)
        directory.write_bytes("orders.png", picture.getvalue())
        directory.close()
        if not arguments.quiet:
            ranks.out(f"{found.table()}\n")
        for failure in found.failures:
            ranks.out(f"  {failure}")
        ranks.out(f"{found.deck}: {found.verdict}; tables and picture in {directory.path}")
    return 0 if found.passed else 1
