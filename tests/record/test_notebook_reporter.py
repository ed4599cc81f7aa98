"""What a run shows in a notebook: one bar that goes, and warnings; nothing that a deck writes is executed there."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from trona.record import notebook
from trona.record.notebook import NotebookReporter, in_notebook
from trona.record.reporters import make_reporter
from trona.record.terminal import SilentReporter
from trona.sweep.notebook import NotebookSweep
from trona.sweep.reporters import make_sweep_reporter
from trona.sweep.terminal import SilentSweep


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that is displayed, and each change of it."""
    found: list[str] = []

    def display(text: str) -> Any:
        found.append(text)
        return SimpleNamespace(update=found.append)

    monkeypatch.setattr(notebook, "_display", display)
    monkeypatch.setattr(notebook, "_as_html", lambda text: text)
    monkeypatch.setattr(notebook, "_INTERVAL", 0.0)
    return found


def test_a_transient_run_has_a_bar_that_goes(shown: list[str]) -> None:
    reporter = NotebookReporter()
    reporter.begin("a <b>cell</b>\x1b", 60.0)
    reporter.step(1, 30.0, 30.0, 2)
    reporter.report([], [], "runs/cell")
    reporter.end("finished")
    assert shown == [
        "<p>a &lt;b&gt;cell&lt;/b&gt;\\x1b <progress ></progress> </p>",
        '<p>a &lt;b&gt;cell&lt;/b&gt;\\x1b <progress value="0.5000"></progress> step 1, 30 s of 60 s</p>',
        "",
    ]


def test_a_steady_run_shows_its_newton_steps_and_every_run_its_warnings(shown: list[str]) -> None:
    reporter = NotebookReporter()
    reporter.begin("cell", None)
    reporter.newton(2, 1e-6)
    reporter.warning("<script>")
    assert shown[1:] == [
        "<p>cell <progress ></progress> newton 2: 1.0e-06</p>",
        "<p><b>warning</b>: &lt;script&gt;</p>",
    ]
    assert reporter.warnings == ["<script>"]


def test_what_comes_too_soon_waits(shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "_INTERVAL", 60.0)
    reporter = NotebookReporter()
    reporter.begin("cell", 60.0)
    reporter.step(1, 30.0, 30.0, 2)
    assert len(shown) == 1


def test_a_sweep_counts_its_cases(shown: list[str]) -> None:
    reporter = NotebookSweep()
    reporter.begin("a <sweep>", 4, 1, 2)
    reporter.case(SimpleNamespace(), SimpleNamespace(failed=True))  # type: ignore[arg-type]
    reporter.stop()
    reporter.end(SimpleNamespace(), "runs/sweep", 1.0, 1)  # type: ignore[arg-type]
    assert shown == [
        '<p>a &lt;sweep&gt; <progress value="0.2500"></progress> 1 of 4 cases</p>',
        '<p>a &lt;sweep&gt; <progress value="0.5000"></progress> 2 of 4 cases, 1 failed</p>',
        "",
        "<p>results in runs/sweep</p>",
    ]


def test_a_kernel_is_told_from_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1)))
    assert in_notebook() and isinstance(make_reporter(), NotebookReporter)
    assert isinstance(make_sweep_reporter(), NotebookSweep)
    assert type(make_reporter(quiet=True)) is SilentReporter and type(make_sweep_reporter(quiet=True)) is SilentSweep
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not in_notebook()


def test_ipython_outside_a_notebook() -> None:
    script = "import IPython; from trona.record.notebook import in_notebook; print(in_notebook())"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


def test_a_model_shows_its_unknowns(small_run: Any) -> None:
    import trona

    model = trona.compose(trona.read_deck("deck.yaml", ["boundaries.top.temperature=26 degC"]))
    assert repr(model).splitlines()[:2] == ["deck: transient, 2 cells of film", "unknowns: temperature [K]"]
    shown = model._repr_html_()
    assert shown.startswith("<p>deck: transient, 2 cells of film</p><table>")
    assert "<td>temperature</td><td>K</td><td>absolute temperature</td><td>film</td>" in shown and len(shown) < 1000


def test_a_mistake_of_the_user_shows_no_traceback_in_ipython() -> None:
    script = """
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
shell.run_cell("from trona.errors import DeckError, Location, PluginError")
shell.run_cell("raise DeckError('no such block', Location('a.yaml', 3, 1))")
print("---")
shell.run_cell("raise PluginError('a fault')")
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    user, fault = ended.stdout.split("---\n")
    assert user == "a.yaml:3:1: no such block\n" and "Traceback" in fault and "PluginError" in fault
