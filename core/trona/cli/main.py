"""Entry of the command line: runs a command, prints its errors and returns the exit code."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from trona.cli.arguments import parse
from trona.cli.ranks import Ranks
from trona.errors import TronaError, UserError, faults
from trona.session.signals import Terminated

INTERRUPTED = 130
BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of `trona` and return its exit code.

    0: success. 1: a solve failed, or trona has a bug. 2: a mistake of the user. 3: the conservation audit ended the
    run. 129, 130, 143: ended by SIGHUP, SIGINT, SIGTERM.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    ranks = Ranks()
    debug = "--debug" in words
    folder: Path | None = None
    try:
        arguments = parse(words)
        place = getattr(arguments, "output", None) or getattr(arguments, "restart", None)
        folder = Path(place) if place and arguments.command in ("run", "sweep", "verify") else None
        code = _dispatch(arguments, ranks)
        sys.stdout.flush()
        return code
    except SystemExit as leaving:  # -h and --version
        return int(leaving.code or 0)
    except BrokenPipeError:
        # The reader has gone: flushing the buffer must not fail again at exit.
        _silence()
        return BROKEN_PIPE
    except KeyboardInterrupt as stop:
        ranks.write(f"{stop}: interrupted" if isinstance(stop, Terminated) else "interrupted")
        return 128 + stop.number if isinstance(stop, Terminated) else INTERRUPTED
    except TronaError as error:
        if debug:
            traceback.print_exc()
        traces = [_trace(fault, folder) for fault in faults(error)]
        return ranks.leave("\n".join([_text(error), *traces]), error.exit_code)
    except Exception as error:
        if debug:
            traceback.print_exc()
        what = f"{type(error).__name__}: {error}".split("\n")[0]
        text = f"trona: a bug in trona or in a plugin: {what}\n{_trace(error, folder)}"
        return ranks.abort(f"{text}; please report it", 1)


def _dispatch(arguments: argparse.Namespace, ranks: Ranks) -> int:
    match arguments.command:
        case "run":
            from trona.cli.run import run as command
        case "sweep":
            from trona.cli.sweep import sweep as command
        case "warm":
            from trona.cli.warm import warm as command
        case "check":
            from trona.cli.check import check as command
        case "fmt":
            from trona.cli.fmt import fmt as command
        case "verify":
            from trona.cli.verify import verify as command
        case "explain":
            from trona.cli.explain import explain as command
        case "list":
            from trona.cli.list_runs import list_runs as command
        case "compare":
            from trona.cli.compare import compare as command
        case "plot":
            from trona.cli.plot import plot as command
        case "report":
            from trona.cli.report import report as command
        case "open":
            from trona.cli.report import open_page as command
        case "stop":
            from trona.cli.stop import stop as command
        case "plugins":
            from trona.cli.plugins import plugins as command
        case "materials":
            from trona.cli.materials import materials as command
        case "schema":
            from trona.cli.schema import schema as command
        case "new-deck":
            from trona.cli.new_deck import new_deck as command
        case "new-plugin":
            from trona.cli.new_plugin import new_plugin as command
        case "doctor":
            from trona.cli.doctor import doctor as command
        case _:
            raise UserError("trona: no command given; see 'trona -h'")
    return command(arguments, ranks)


def _text(error: TronaError) -> str:
    return str(error) or type(error).__name__


def _trace(error: Exception, folder: Path | None) -> str:
    """Write a traceback to a file, in the folder of the run if there is one, and return a sentence with its path."""
    text = "".join(traceback.format_exception(error))
    for place in (folder, None):
        try:
            if place is not None and not place.is_dir():
                continue
            handle, path = tempfile.mkstemp(".txt", "trona-traceback-", place)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            continue
        return f"its traceback is in {path}"
    return f"its traceback could not be written; it ends with {text.rstrip().splitlines()[-1]}"


def _silence() -> None:
    with suppress(OSError, ValueError):  # stdout may not be a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
