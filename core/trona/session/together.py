"""Errors of one rank, which every rank raises: none waits for another that has failed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trona.errors import TronaError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def together(comm: Any) -> Iterator[None]:
    """Let each rank work alone inside; at the end all raise what any has raised. Collective.

    A rank raises its own error. Others raise UserError for a mistake of the user, and TronaError for anything else.
    """
    error: Exception | None = None
    try:
        yield
    except Exception as caught:
        error = caught
    told = [found for found in comm.allgather(_told(error, comm.rank)) if found is not None]
    if error is not None:
        raise error
    if told:
        mistake, text = told[0]
        raise UserError(text) if mistake else TronaError(text)


def _told(error: Exception | None, rank: int) -> tuple[bool, str] | None:
    """Return whether an error is a mistake of the user, and its text: the error itself may not be fit to be sent."""
    if error is None:
        return None
    if isinstance(error, UserError):
        return True, str(error)
    return False, f"process {rank} has failed: {type(error).__name__}: {error}"
