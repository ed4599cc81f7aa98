"""What all tests share: the environment that Firedrake needs, a small run, and the main deck, solved once."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from on_ranks import pytest_runtest_makereport  # noqa: F401

from trona.problem.start import prepare_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.session.result import Result

collect_ignore = ["data"]  # what tests read, packages with tests of their own among it
ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "meshes"))
prepare_environment()
# Values in SI are small: pytest's absolute tolerance of 1e-12 would let them all pass.
type(pytest.approx(1.0)).DEFAULT_ABSOLUTE_TOLERANCE = 0.0
assert pytest.approx(1e-15, rel=1e-3) != 2e-15
# A test that fails on a busy machine says nothing about the code.
settings.register_profile("trona", deadline=None)
settings.load_profile("trona")
# Open MPI refuses to start ranks for root, as in a container, unless told twice.
os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")


@pytest.fixture
def heard_signals() -> Iterator[None]:
    """Let signals end what a test starts, also where the tests run under nohup or behind a shell's `&`.

    What is ignored there is ignored in all children too.
    """
    own = {signal.SIGHUP: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {s: signal.signal(s, handler) for s, handler in own.items() if signal.getsignal(s) is signal.SIG_IGN}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def small_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own working directory with the deck of `small_run` in it."""
    from small_run import DECK

    (tmp_path / "deck.yaml").write_text(DECK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def tutorial() -> Path:
    """The deck of the main job: sodium under a wavy SEI."""
    return ROOT / "inputs/tutorial/sodium_sei.yaml"


@pytest.fixture(scope="session")
def main_job(tutorial: Path) -> Result:
    """The main job, solved."""
    from trona.session.run import run

    return run(tutorial, record=False)
