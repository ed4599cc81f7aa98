"""The typed errors, with locations in the deck.

A `UserError` is a mistake of the user. Its text is the whole message to print, without a traceback.
"""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

MOST_LISTED = 12
"""Largest number of names that a message lists."""


class TronaError(Exception):
    """Base of all errors raised on purpose. `exit_code` is what the command line returns."""

    exit_code = 1


class UserError(TronaError):
    """A mistake of the user; `str(error)` is the whole message to print."""

    exit_code = 2
    location: Location | None = None

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback."""
        return str(self).splitlines()


@dataclass(frozen=True, slots=True)
class Location:
    """A location in a file.

    `line` and `column` count from 1. `path` is the path in the deck, as in `physics.NAME.option`, or empty.
    """

    file: str
    line: int
    column: int
    path: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where} {self.path}" if self.path else where


class DeckError(UserError):
    """A mistake in a deck. The text reads `<location>: <message>`."""

    def __init__(self, message: str, location: Location | None = None) -> None:
        message = _cut(message)
        super().__init__(message if location is None else f"{location}: {message}")
        self.message = message
        self.location = location


class UnknownNameError(DeckError):
    """A name in an expression that means nothing where the expression stands."""


class PluginError(DeckError):
    """A fault of a plugin, with the location of the plugin in the deck; its exception is the cause."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        return "".join(traceback.format_exception(self)).splitlines()  # which whoever wrote the plugin needs


class UserErrors(UserError):  # noqa: N818 - it is a collection
    """Several mistakes, one per line, in the order of their locations."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        flat: list[UserError] = []
        for error in errors:
            flat += error.errors if isinstance(error, UserErrors) else (error,)
        self.errors: tuple[UserError, ...] = tuple(sorted(flat, key=_position))
        super().__init__("\n".join(map(str, self.errors)))


class MeshError(UserError):
    """A mistake in a mesh file, or a deck that does not fit its mesh."""

    def __init__(self, message: str, file: str = "", location: Location | None = None) -> None:
        where = str(location) if location is not None else file
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.file = file
        self.location = location


class Explanation(Protocol):
    """The probable causes of a failed solve."""

    def head(self) -> str:
        """Return the causes in a few lines."""
        ...


class SolveError(TronaError):
    """A solve that did not converge or produced a value that is not finite.

    `diagnosis` holds the probable causes if they were examined; the text is then its first lines.
    """

    exit_code = 1
    diagnosis: Explanation | None = None

    def __str__(self) -> str:
        return super().__str__() if self.diagnosis is None else self.diagnosis.head()


class AuditError(SolveError):
    """A converged solution that violates conservation by more than the deck allows."""

    exit_code = 3


class BoundsError(SolveError):
    """A converged solution with an impossible value, such as a negative conductivity."""


class PoorMeshError(SolveError):
    """A moving mesh whose cells have become too poor to continue."""


class StoppedError(TronaError):
    """A run that ended cleanly on a signal; `exit_code` is 128 plus the number of the signal."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def faults(error: TronaError) -> list[PluginError]:
    """Return the faults of plugins that an error contains."""
    return [e for e in getattr(error, "errors", (error,)) if isinstance(e, PluginError)]


def raise_all(errors: Sequence[UserError]) -> None:
    """Raise the only error, or `UserErrors` if there are several; do nothing if there is none."""
    if errors:
        raise errors[0] if len(errors) == 1 else UserErrors(errors)


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a message about an unknown name: '; nearest: width', or '' if nothing is close.

    For a name that several regions share, such as 'height', all of them are listed: 'height (a | b)', 'height (b | c)'.
    """
    names = list(names)
    if len(alike := [known for known in names if known.startswith(f"{name} (")]) > 1:
        return f"; there are several: {', '.join(alike)}"
    lower = {known.lower(): known for known in names}
    found = difflib.get_close_matches(name.lower(), lower, n=1)
    return f"; nearest: {lower[found[0]]}" if found else ""


def hint(name: str, names: Iterable[str]) -> str:
    """As `nearest`, but if nothing is close, all known names: '; known: height, width'."""
    known = list(names)
    listed = [*known[:MOST_LISTED], *(["..."] if len(known) > MOST_LISTED else [])]
    return nearest(name, known) or f"; known: {', '.join(listed) or 'none'}"


def _cut(message: str) -> str:
    """Shorten quoted text of the user, so that the message stays readable."""

    def shortened(found: re.Match[str]) -> str:
        return found[0] if len(found[1]) < 100 else f"'{found[1][:80]}...'"

    # In pairs, so that text between two quotations is not taken for one; quoted text may itself hold quotes.
    message = re.sub(r"(?<!\w)'([^'\n]*)'", shortened, message)
    return message if len(message) < 1000 else re.sub(r"'([^'\n]{100,})'", shortened, message)


def _position(error: UserError) -> tuple[bool, str, int, int]:
    location = error.location
    return (True, "", 0, 0) if location is None else (False, location.file, location.line, location.column)
