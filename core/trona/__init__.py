"""trona: physics plugins, chosen by a YAML deck, composed into one monolithic Newton solve.

    import trona

    result = trona.run("deck.yaml")                 # or trona.run(trona.read_deck("deck.yaml", ["time.end=10 s"]))
    print(result["temperature_max"])                # outputs by name, in SI
    print(result)                                   # outputs, ledger and the folder with all files
    earlier = trona.load("runs/cell")               # the same from the folder of an earlier run, without Firedrake
    study = trona.Study("deck.yaml")                # one set-up: study.solve({"definitions.load": "5 MPa"})
    table = trona.run_sweep("sweep.yaml")           # all cases of a deck with a section `sweep`
    print(trona.explain(result.problem.model))      # the composed equations

Importing trona loads neither Firedrake nor any plugin; what needs them loads them when it is first used.
"""

from __future__ import annotations

import sys


def _isolate() -> None:
    """Do not import what lies beside a deck: for `python -m trona.cli` Python puts the folder it is called in first.

    A file of the name of a library would run in its place. So the folder is taken off the path again, before any
    other import.
    """
    words = sys.orig_argv
    module = words[words.index("-m") + 1 :][:1] if "-m" in words else []
    # While the package of the module that -m names is imported, this is all that stands for the module's file.
    if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and module and module[0].split(".")[0] == "trona":
        del sys.path[0]


_isolate()

# isort: split
from importlib import import_module
from typing import TYPE_CHECKING, Any

from trona.errors import DeckError, MeshError, SolveError, TronaError, UserError, UserErrors

# It shares its name with a room: imported here, the name stays with the function.
from trona.explain import explain

if TYPE_CHECKING:
    from trona.deck import Deck, read_deck
    from trona.model import Model, compose
    from trona.problem import Problem
    from trona.record.results import RecordedRun, RecordedSweep, load
    from trona.session import Result, run
    from trona.session.study import Study
    from trona.settings import Settings, read_settings
    from trona.settings.schema import schema
    from trona.stepper import Stepper
    from trona.sweep import run_sweep

    __version__: str

__all__ = [
    "Deck",
    "DeckError",
    "MeshError",
    "Model",
    "Problem",
    "RecordedRun",
    "RecordedSweep",
    "Result",
    "Settings",
    "SolveError",
    "Stepper",
    "Study",
    "TronaError",
    "UserError",
    "UserErrors",
    "__version__",
    "compose",
    "explain",
    "load",
    "read_deck",
    "read_settings",
    "run",
    "run_sweep",
    "schema",
]

_HOMES = {
    "Deck": "trona.deck",
    "read_deck": "trona.deck",
    "Model": "trona.model",
    "compose": "trona.model",
    "Problem": "trona.problem",
    "RecordedRun": "trona.record.results",
    "RecordedSweep": "trona.record.results",
    "load": "trona.record.results",
    "Result": "trona.session",
    "run": "trona.session",
    "Study": "trona.session.study",
    "Settings": "trona.settings",
    "read_settings": "trona.settings",
    "schema": "trona.settings.schema",
    "Stepper": "trona.stepper",
    "run_sweep": "trona.sweep",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("trona")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
