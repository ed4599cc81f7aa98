"""`trona fmt`."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from trona.cli.ranks import Ranks
from trona.errors import UserError, raise_all


def fmt(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Lay out decks in one way, or say which would change.

    A deck that is refused stays as it is; the others are laid out all the same.
    """
    from trona.deck import formatted
    from trona.deck.files import read_text

    if not ranks.first:
        return 0
    changed, errors = 0, list[UserError]()
    for name in arguments.decks:
        try:
            text = read_text(name, "deck", by_deck=False)
            made = formatted(text, name)
            if made == text:
                continue
            changed += 1
            if not arguments.check:
                _write(Path(name), made)
            ranks.out(f"{'would change' if arguments.check else 'changed'}: {name}")
        except UserError as error:
            errors.append(error)
    raise_all(errors)
    return 1 if arguments.check and changed else 0


def _write(path: Path, text: str) -> None:
    """Replace the content of a file, which stays whole if writing fails."""
    path = Path(os.path.realpath(path))  # a link stays a link
    beside: str | None = None
    try:
        handle, beside = tempfile.mkstemp(".yaml", f".{path.stem}-", path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        shutil.copymode(path, beside)
        Path(beside).replace(path)
    except OSError as error:
        if beside is not None:
            with suppress(OSError):
                Path(beside).unlink()
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from None
