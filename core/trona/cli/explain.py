"""`trona explain`."""

from __future__ import annotations

import argparse
from pathlib import Path

from trona.cli.ranks import Ranks
from trona.errors import UserError

_PICTURES = (".png", ".svg", ".pdf")


def explain(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Print the equations of a deck, or the structure of their system, and draw its coupling graph if asked."""
    path = Path(arguments.graph) if arguments.graph else None
    if path is not None and path.suffix.lower() not in _PICTURES:
        raise UserError(f"--graph: expected a file ending in {', '.join(_PICTURES)}, got '{path}'")
    from trona.deck import read_deck
    from trona.explain import coupling, draw, explain, explain_structure
    from trona.model import compose

    model = compose(read_deck(arguments.deck, arguments.overrides))
    page = explain_structure(model) if arguments.solver else explain(model, arguments.style).rstrip("\n")
    ranks.out(page)
    if path is not None and ranks.first:
        try:
            draw(coupling(model), path)
        except OSError as error:
            raise UserError(f"cannot write '{path}': {error.strerror or error}") from None
    return 0
