"""The four proofs, run on whatever source PYTHONPATH names: python proofs.py RESULT MUTANT PROOF...

MUTANT is a name, or baseline,NAME,NAME...: no fault, with the decks and tests of the mutants named.

Each proof stops at the first fault that it finds. RESULT gets a line of JSON per proof as soon as it is known.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "meshes"), str(TESTS / "mutation")]

if TYPE_CHECKING:
    from mutants import Mutant

PROOFS = ("dimension check", "audit", "verify", "closed forms")
BASELINE = "baseline"
"""The source as it is: no proof may find anything."""


def dimension_check(mutant: Mutant, folder: Path) -> str:
    """Compose every deck that uses the plugin, its examples among them; return the refusal, '' if there is none.

    Of a fault in core those decks that the other proofs of it solve.
    """
    from decks import DECKS, build, plugins_of

    from trona.deck import read_deck
    from trona.errors import UserError
    from trona.model import compose

    used = [name for name in DECKS if mutant.plugin in plugins_of(name)] if mutant.plugin else mutant.decks
    shown = f"{mutant.plugin}*.yaml" if mutant.plugin or mutant.name == BASELINE else "no.yaml"
    for deck in (*used, *sorted((TESTS.parent / "plugins/trona_plugins/conformance").glob(shown))):
        try:
            compose(read_deck(deck) if isinstance(deck, Path) else build(deck, folder))
        except UserError as error:
            return f"{deck.name if isinstance(deck, Path) else deck}: {_plain(error, folder)}"
    return ""


def audit(mutant: Mutant, folder: Path) -> str:
    """Run the mutant's decks; return the first warning of their audits, or that a deck cannot be solved."""
    from decks import build

    from trona.errors import AuditError, SolveError
    from trona.record.terminal import SilentReporter
    from trona.session.run import run

    found: list[str] = []

    class Listener(SilentReporter):
        def warning(self, text: str) -> None:
            if "closes only" in text or "differ by" in text or "below zero" in text:
                found.append(text)

    for name in mutant.decks:
        try:
            run(build(name, folder), record=False, reporter=Listener())
        except AuditError as error:
            return f"{name}: {_plain(error, folder)}"
        except SolveError as error:
            return f"{name}: no solution: {_plain(error, folder)}"
        if found:
            return f"{name}: {_plain(found[0], folder)}"
    return ""


def verification(mutant: Mutant, folder: Path) -> str:
    """Verify the mutant's decks; return the first failure."""
    from decks import build

    from trona.errors import SolveError
    from trona.verify import verify

    for name in mutant.decks:
        try:
            failures = verify(build(name, folder), max_unknowns=0).failures
        except SolveError as error:
            return f"{name}: no solution: {_plain(error, folder)}"
        if failures:
            return f"{name}: {failures[0]}"
    return ""


class _Failures:
    """Listens to pytest for the first test that fails."""

    first = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.first:
            self.first = report.nodeid.removeprefix("tests/")


def closed_forms(mutant: Mutant, folder: Path) -> str:
    """Run the mutant's tests; return the name of the first that fails."""
    import pytest

    listener = _Failures()
    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", f"--basetemp={folder / 'pytest'}"]
    os.chdir(TESTS.parent)
    code = pytest.main([*options, *mutant.tests], plugins=[listener])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        return ""  # those marked slow do not run by themselves: nothing would notice the fault
    if code not in (0, 1):
        raise RuntimeError(f"pytest ends with {code!r}")
    return listener.first


def _plain(text: object, folder: Path) -> str:
    """Return the first line of a message without what differs from run to run."""
    words = (str(text).splitlines() or [""])[0].replace(f"{folder}{os.sep}", "").split()
    return " ".join(w for w in words if ".yaml:" not in w)[:300]


def main(result: str, name: str, *wanted: str) -> None:
    from decks import DECKS
    from mutants import Mutant, all_mutants

    from trona.problem.start import prepare_environment

    prepare_environment()
    known = {m.name: m for m in all_mutants()}
    name, *others = name.split(",")
    tests = tuple(dict.fromkeys(t for other in others for t in known[other].tests))
    decks = tuple(d for d in DECKS if any(d in known[other].decks for other in others))
    known[BASELINE] = Mutant(BASELINE, "core", "", "", "", "", decks, tests)
    run = dict(zip(PROOFS, (dimension_check, audit, verification, closed_forms), strict=True))
    with tempfile.TemporaryDirectory() as folder, Path(result).open("a", encoding="utf-8") as file:
        for proof in wanted:
            try:
                by = run[proof](known[name], Path(folder))
            except Exception as error:  # whatever falls over is noticed
                by = f"falls over: {type(error).__name__}: {_plain(error, Path(folder))}"
            file.write(json.dumps({"proof": proof, "by": by}) + "\n")
            file.flush()
            if by and proof == PROOFS[0]:
                return  # what is refused cannot be run


if __name__ == "__main__":
    main(*sys.argv[1:])
