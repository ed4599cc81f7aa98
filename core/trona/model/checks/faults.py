"""Where to report an error: a mistake of the user at its location in the deck, a fault of a plugin by file and line."""

from __future__ import annotations

import inspect
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from trona.errors import DeckError, Location, PluginError, TronaError, UserError, UserErrors

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_NOT_THEIRS = (Path(__file__).resolve().parents[1], Path(pluggy.__file__).parent)
"""Where core and the loader are: what is raised there was called from elsewhere."""
_STANDARD = Path(traceback.__file__).parent
_INSTALLED = {"site-packages", "dist-packages"}


def located(location: Location | None, action: Callable[[], T], cls: type | None = None, whose: str = "") -> T:
    """Run `action` for a plugin of class `cls`, named `whose`; a mistake of the user is reported at `location`.

    Raises PluginError for any other exception, which is a fault of the plugin.
    """
    try:
        return action()
    except (DeckError, UserErrors):
        raise
    except UserError as error:
        raise DeckError(str(error), location) from None
    except TronaError:
        raise
    except Exception as error:
        where = f" ({place})" if (place := culprit(error, cls)) else ""
        told = f"{whose} fails with {say(error)}{where}, which is a fault of the plugin"
        raise PluginError(told, location) from error


def say(error: BaseException) -> str:
    """Return an exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def culprit(error: BaseException, cls: type | None = None) -> str:
    """Return file and line of what raised an exception; '' if none is to be named.

    It is the innermost line in the folder of a class, else one that neither core nor a library of the installation
    has.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames, home = _frames(error), _home(cls)
    own = [f for f in frames if home is not None and home in f[0].parents]
    foreign = [f for f in frames if _is_foreign(f[0])]
    found = own or foreign
    return f"{found[-1][0]}:{found[-1][1]}" if found else ""


def _is_foreign(file: Path) -> bool:
    standard = _STANDARD in file.parents and not _INSTALLED & set(file.parts)
    return file.is_file() and not standard and not any(p in file.parents for p in _NOT_THEIRS)


def _frames(error: BaseException) -> list[tuple[Path, int]]:
    return [(Path(f.filename), f.lineno or 0) for f in traceback.extract_tb(error.__traceback__)]


def _home(cls: Any) -> Path | None:
    """Return the folder of the module that a class is written in."""
    try:
        return Path(inspect.getfile(cls)).parent if cls is not None else None
    except (TypeError, OSError):
        return None
