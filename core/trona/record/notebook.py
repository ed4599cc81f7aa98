"""Progress of a run in a notebook: a bar while it works, and warnings. The result shows the rest."""

from __future__ import annotations

import html
import sys
import time as clock
from typing import Any

from trona.deck.printable import printable
from trona.record.quantity import time_text
from trona.record.terminal import SilentReporter

_INTERVAL = 0.2
"""Shortest time in s between two changes of what is shown."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, so that IPython is there."""
    ipython: Any = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class Bar:
    """A bar with a text, which takes the place of what it showed before."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._handle: Any = None

    def show(self, title: str, part: float, state: str, at_once: bool = False) -> None:
        """Show how far something is, by its part, 0 where nobody knows; not more often than one can read."""
        if not at_once and clock.monotonic() - self._shown < _INTERVAL:
            return
        self._shown = clock.monotonic()
        done = f'value="{part:.4f}"' if part else ""
        text = f"<p>{_safe(title)} <progress {done}></progress> {_safe(state)}</p>"
        if self._handle is None:
            self._handle = _display(text)
        else:
            self._handle.update(_as_html(text))

    def close(self) -> None:
        """Show nothing any more."""
        if self._handle is not None:
            self._handle.update(_as_html(""))
            self._handle = None


def show(text: str) -> None:
    """Show a line, which stays."""
    _display(f"<p>{_safe(text)}</p>")


def show_warning(text: str) -> None:
    """Show a warning, which stays."""
    _display(f"<p><b>warning</b>: {_safe(text)}</p>")


class NotebookReporter(SilentReporter):
    """Shows one bar, which goes when the run has ended, and every warning."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._total, self._state, self._time = "", 0.0, "", 0.0
        self._bar = Bar()

    def begin(self, title: str, total_time: float | None) -> None:
        super().begin(title, total_time)
        self._title, self._total = title, total_time or 0.0
        self._show(at_once=True)

    def newton(self, iteration: int, residual: float) -> None:
        super().newton(iteration, residual)
        if not self._total:
            self._state = f"newton {iteration}: {residual:.1e}"
            self._show()

    def step(self, step: int, time: float, dt: float, iterations: int) -> None:
        super().step(step, time, dt, iterations)
        self._time = time
        if self._total:
            self._state = f"step {step}, {time_text(time)} of {time_text(self._total)}"
        self._show()

    def progress(self, text: str) -> None:
        super().progress(text)
        self._state = text
        self._show()

    def warning(self, text: str) -> None:
        super().warning(text)
        show_warning(text)

    def _show_end(self, status: str) -> None:
        self._bar.close()

    def _show(self, at_once: bool = False) -> None:
        self._bar.show(self._title, self._time / self._total if self._total else 0.0, self._state, at_once)


def _safe(text: str) -> str:
    return html.escape(printable(text))


def _as_html(text: str) -> Any:
    from IPython.display import HTML

    return HTML(text)


def _display(text: str) -> Any:
    from IPython.display import display

    return display(_as_html(text), display_id=True)
