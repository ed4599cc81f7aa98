"""The arguments of every command."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from trona.errors import UserError, nearest

COMMANDS = (
    "run",
    "sweep",
    "check",
    "fmt",
    "warm",
    "verify",
    "explain",
    "list",
    "compare",
    "plot",
    "report",
    "open",
    "stop",
    "plugins",
    "materials",
    "schema",
    "new-deck",
    "new-plugin",
    "doctor",
)
_TAKE_A_DECK = ("run", "sweep", "check", "warm", "verify", "explain")
_ALLOW_PETSC = ("run", "sweep", "check", "warm", "verify")
_OVERRIDES = "key=value ..."
_EXIT_CODES = (
    "Exit codes: 0 done, 1 a solve failed, 2 a mistake in the deck or mesh, 3 the conservation audit ended the run, "
    "129, 130 and 143 ended by a signal."
)
_ABOUT = {
    "run": "solve a deck and write its results",
    "sweep": "run all remaining cases of a deck's sweep",
    "check": "compose a deck without solving it, and report every mistake",
    "fmt": "lay out decks in one way: order of sections, indentation, spaces, columns of comments",
    "warm": "compile all that a deck needs without solving it, so that its first run starts at once",
    "verify": "prove with manufactured solutions that a deck's equations are solved as declared",
    "explain": "print the composed equations of a deck",
    "list": "list the runs and sweeps under a folder, with how they ended",
    "compare": "say what differs between two runs: their decks, outputs and fields",
    "plot": "draw a field, a line, or outputs over time of a run",
    "report": "make the page of a run or sweep, report.html, anew",
    "open": "open the page of a run or sweep in a browser",
    "stop": "end a run or sweep in order, from another terminal",
    "plugins": "list the installed physics, or describe one",
    "materials": "list the materials, describe one, or compare several",
    "schema": "print the JSON schema of decks, for editors",
    "new-deck": "write a first deck for a mesh and some physics",
    "new-plugin": "write a package with a physics of your own, tests and documentation included",
    "doctor": "check the installation, and say what is wrong and what to do",
}


_ANY_KEY = "Any key of the deck can be set: physics.NAME.blocks='[lower, upper]'. A value of null removes a key."
_PETSC = "allow any option of PETSc in solver.petsc; the deck can then run code and write files"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{self.prog}: {message}\n{self.format_usage().strip()}")


class _Version(argparse.Action):
    """`--version`, which reads the version only on request, to save time."""

    def __init__(self, **given: Any) -> None:
        super().__init__(nargs=0, **given)

    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> None:
        from importlib.metadata import version

        print(f"trona {version('trona')}")
        parser.exit()


def parse(argv: list[str]) -> argparse.Namespace:
    """Return the arguments; `command` is None when none is given. Raises UserError and SystemExit (-h)."""
    parser = _parser()
    command = next((word for word in argv if not word.startswith("-")), None)
    if command is not None and command not in COMMANDS:
        near = nearest(command, COMMANDS) or f"; known: {', '.join(COMMANDS)}"
        raise UserError(f"trona: no such command '{command}'{near}")
    # Overrides are the arguments that argparse does not know: it cannot mix them with options.
    found, rest = parser.parse_known_args(argv)
    for word in rest:
        if word.startswith("-") or found.command not in (*_TAKE_A_DECK, "new-deck"):
            raise UserError(f"trona {found.command or ''}".rstrip() + f": unrecognised argument '{word}'")
    found.overrides = rest
    return found


def _parser() -> _Parser:
    parser = _Parser(prog="trona", description="Physics plugins, chosen by a YAML deck, in one Newton solve.")
    parser.add_argument("--version", action=_Version, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="command", parser_class=_Parser)
    for name in COMMANDS:
        command = commands.add_parser(name, help=_ABOUT[name], description=_sentence(_ABOUT[name]))
        command.add_argument("--debug", action="store_true", help="show the traceback of any error")
        if name in _TAKE_A_DECK:
            command.add_argument("deck", help="the deck, a YAML file")
            command.epilog = _ANY_KEY
        if name in _ALLOW_PETSC:
            command.add_argument("--allow-petsc", action="store_true", help=_PETSC)
        _OPTIONS[name](command)
    return parser


def _run(command: argparse.ArgumentParser) -> None:
    command.epilog = f"{command.epilog} {_EXIT_CODES}"
    command.usage = (
        f"trona run [-h] [-o DIR] [--restart DIR] [--live] [--profile] [--allow-petsc] [--quiet] [--debug] DECK "
        f"[{_OVERRIDES}]"
    )
    _output(command, "DIR", "where the results go; default runs/DECK-DATE-TIME")
    command.add_argument(
        "--restart", metavar="DIR", help="continue the run in this folder; the results go there unless -o is given"
    )
    live = "write the page, report.html, while the run goes on, too; a browser loads it again every 5 s"
    command.add_argument("--live", action="store_true", help=live)
    where = "write where the time goes: a table in the log, profile.json and plots/profile.png"
    command.add_argument("--profile", action="store_true", help=where)
    _quiet(command, "print errors only")


def _sweep(command: argparse.ArgumentParser) -> None:
    command.usage = (
        "trona sweep [-h] [-o DIR] [--processes N] [--ranks N] [--engine ENGINE] [--retry-failed] [--allow-petsc] "
        f"[--quiet] [--debug] DECK [{_OVERRIDES}]"
    )
    where = "where the results go; default runs/DECK-sweep-DATE-TIME. The same sweep in it is continued"
    _output(command, "DIR", where)
    command.add_argument(
        "--processes", type=int, metavar="N", help="number of cases at a time; default from the deck, else one per core"
    )
    many = "number of processes that solve each case together; default from the deck, else one"
    command.add_argument("--ranks", type=int, metavar="N", help=many)
    where = "local, or slurm or flux: the nodes of an allocation; default from the deck, else local"
    command.add_argument("--engine", choices=("local", "slurm", "flux"), help=where)
    command.add_argument("--retry-failed", action="store_true", help="run failed cases again")
    _quiet(command, "print errors only")


def _check(command: argparse.ArgumentParser) -> None:
    command.usage = f"trona check [-h] [--allow-petsc] [--debug] DECK [{_OVERRIDES}]"


def _fmt(command: argparse.ArgumentParser) -> None:
    command.epilog = "Exit codes: 0 done, 1 with --check: a deck would change, 2 a deck is refused."
    command.add_argument("decks", nargs="+", metavar="DECK", help="the decks, YAML files")
    command.add_argument("--check", action="store_true", help="write nothing; say which decks would change")


def _warm(command: argparse.ArgumentParser) -> None:
    command.usage = f"trona warm [-h] [--allow-petsc] [--quiet] [--debug] DECK [{_OVERRIDES}]"
    _quiet(command, "print errors only")


def _verify(command: argparse.ArgumentParser) -> None:
    command.usage = f"trona verify [-h] [-o DIR] [--unknowns N] [--allow-petsc] [--quiet] [--debug] DECK [{_OVERRIDES}]"
    _output(command, "DIR", "where tables and picture go; default runs/DECK-verify-DATE-TIME")
    most = (
        "approximate limit on a refined mesh (default 200000), and 16 times as many while the errors still approach "
        "their order; the deck's mesh and one refinement are always used"
    )
    command.add_argument("--unknowns", type=int, metavar="N", help=most)
    _quiet(command, "print the verdict only")


def _explain(command: argparse.ArgumentParser) -> None:
    command.usage = f"trona explain [-h] [--style STYLE | --solver] [--graph FILE] [--debug] DECK [{_OVERRIDES}]"
    styles = ("text", "markdown", "latex")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--style", choices=styles, default="text", help="format of the equations")
    order = "which unknowns depend on which, what changes that, and in which order they can be solved"
    what.add_argument("--solver", action="store_true", help=f"print instead {order}")
    command.add_argument("--graph", metavar="FILE", help="draw the coupling graph too (.png, .svg or .pdf)")


def _list(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", nargs="?", default="runs", metavar="FOLDER", help="where to look; default runs")
    command.add_argument("--json", action="store_true", help="print JSON")


def _compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("runs", nargs=2, metavar=("A", "B"), help="the folders of two runs")
    most = "exit with code 1 if an output or field differs by more than this part of its largest size"
    command.add_argument("--tolerance", type=float, metavar="T", help=most)
    _output(command, "FILE.png", "draw the outputs that differ most over time")


def _plot(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", metavar="RUN", help="the folder of a run")
    what = "a field, a line or profile, or outputs over time, over the cycles or over the steps of a protocol"
    command.add_argument("names", nargs="+", metavar="WHAT", help=what)
    when = "time in s: of a field, by default the last one written; of a line, repeated, by default first and last"
    command.add_argument("--time", type=float, action="append", default=[], metavar="T", help=when)
    unit = "a unit to use, for all that it can measure; may be repeated"
    command.add_argument("--unit", action="append", default=[], metavar="UNIT", help=unit)
    log = "axes with a logarithmic scale; y is that of the colours of a field"
    command.add_argument("--log", choices=("x", "y", "xy"), default="", help=log)
    kinds = "the picture: .png, .svg or .pdf, or an animation of a field: .gif or .mp4; default WHAT.png here"
    _output(command, "FILE", kinds)
    command.add_argument("--cut", metavar="x=PLACE", help="of a body, the section at a place on an axis: x=0.2um")
    command.add_argument("--zoom", metavar="BOX", help="of a plane field, x_min,y_min,x_max,y_max of a second panel")
    command.add_argument("--mirror", action="store_true", help="both halves of an axisymmetric section")
    over = command.add_mutually_exclusive_group()
    over.add_argument("--arrows", action="store_true", help="show the direction of a vector by arrows")
    over.add_argument("--streamlines", action="store_true", help="show the direction of a vector by streamlines")


def _report(command: argparse.ArgumentParser) -> None:
    _folder(command)
    _output(command, "FILE.html", "where to write the page; default report.html in the folder")


def _folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", metavar="RUN", help="the folder of a run or sweep")


def _plugins(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", nargs="?", metavar="NAME", help="show the full description of this one")
    command.add_argument("--json", action="store_true", help="print JSON")


def _materials(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", nargs="*", metavar="NAME", help="describe this one, or compare these")
    command.add_argument("--property", metavar="NAME", help="list this property of all materials")
    at = "evaluate properties at this value of a field; may be repeated"
    command.add_argument("--at", action="append", default=[], metavar="FIELD=VALUE", help=at)
    command.add_argument("--json", action="store_true", help="print JSON")


def _schema(command: argparse.ArgumentParser) -> None:
    names = "a deck whose blocks, boundaries, interfaces and materials the schema then knows"
    command.add_argument("deck", nargs="?", metavar="DECK", help=names)
    _output(command, "FILE", "file to write instead of printing the schema")


def _new_deck(command: argparse.ArgumentParser) -> None:
    command.usage = (
        "trona new-deck [-h] [--mesh FILE --length-unit UNIT | --layers LAYERS] [--physics NAMES] [-y] [--debug] DECK "
        f"[{_OVERRIDES}]"
    )
    command.epilog = (
        "At a terminal, asks for what is not given; else takes suggestions, from the example decks of the physics, and "
        "marks them. Any key of the deck can be given: materials.lower=NAME, physics.NAME.blocks='[lower]'."
    )
    command.add_argument("deck", metavar="DECK", help="the file to write")
    command.add_argument("--mesh", metavar="FILE", help="mesh file, as for 'mesh.file' of a deck")
    units = "unit of the coordinates in it: m, cm, mm, um or nm"
    command.add_argument("--length-unit", metavar="UNIT", choices=("m", "cm", "mm", "um", "nm"), help=units)
    layers = "instead, flat layers from the bottom up: 'lower: 10 um, upper: 30 um'"
    command.add_argument("--layers", metavar="LAYERS", help=layers)
    command.add_argument("--physics", metavar="NAMES", help="the physics, separated by commas; see 'trona plugins'")
    command.add_argument("-y", "--suggestions", action="store_true", help="ask nothing; take suggestions")


def _new_plugin(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="name of the physics in decks, for instance salt_diffusion")
    _output(command, "DIR", "folder of the package; default trona-NAME")


def _doctor(command: argparse.ArgumentParser) -> None:
    command.epilog = "Exit codes: 0 all that is needed works, 1 something that is needed does not."
    command.add_argument("--json", action="store_true", help="print JSON")


_OPTIONS = {
    "run": _run,
    "sweep": _sweep,
    "check": _check,
    "fmt": _fmt,
    "warm": _warm,
    "verify": _verify,
    "explain": _explain,
    "list": _list,
    "compare": _compare,
    "plot": _plot,
    "report": _report,
    "open": _folder,
    "stop": _folder,
    "plugins": _plugins,
    "materials": _materials,
    "schema": _schema,
    "new-deck": _new_deck,
    "new-plugin": _new_plugin,
    "doctor": _doctor,
}
"""What adds the options of each command."""


def _output(command: argparse.ArgumentParser, kind: str, text: str) -> None:
    command.add_argument("-o", "--output", metavar=kind, help=text)


def _quiet(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("-q", "--quiet", action="store_true", help=text)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
