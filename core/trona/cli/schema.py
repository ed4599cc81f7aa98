"""`trona schema`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trona.cli.ranks import Ranks
from trona.errors import UserError
from trona.settings.schema import schema as deck_schema


def schema(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Print the JSON schema of decks, or of one deck with its names, or write it to a file."""
    deck = None
    if arguments.deck is not None:
        from trona.deck import read_deck

        deck = read_deck(arguments.deck)
    text = json.dumps(deck_schema(deck), indent=2, ensure_ascii=False)
    if arguments.output is None:
        ranks.out(text)
    elif ranks.first:
        try:
            Path(arguments.output).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise UserError(f"cannot write '{arguments.output}': {error.strerror or error}") from None
    return 0
