"""Where the time of a run goes: phases one after the other, and what the solver and the compiler did within them."""

from __future__ import annotations

import io
import time as clock
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trona.record.columns import columns
from trona.record.painter import painter

if TYPE_CHECKING:
    from trona.record.directory import RunDirectory

Phase = Callable[[str], AbstractContextManager[None]]
"""Counts the time inside to a phase of the run."""

OTHER = "other"
_HEAD = ("phase", "time", "share", "times")


def unmeasured(name: str) -> AbstractContextManager[None]:
    """A `Phase` of a run that is not profiled."""
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Share:
    """How long something took, s, and how often it was done."""

    name: str
    seconds: float
    times: int


class Profile:
    """The clock of a run on one rank, from its making on. A phase inside another stops the outer one's time."""

    def __init__(self) -> None:
        self.events: Callable[[], Sequence[tuple[str, float, int]]] = tuple
        """Gives name, seconds and number of what happened within phases, as factorisations; one may include another."""
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._times: Counter[str] = Counter()
        self._open = [OTHER]
        self._last = clock.perf_counter()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time inside to this phase."""
        self._charge()
        self._open.append(name)
        self._times[name] += 1
        try:
            yield
        finally:
            self._charge()
            self._open.pop()

    def phases(self) -> list[Share]:
        """Return the phases in the order in which they first ended; their times add up to that of the run so far."""
        self._charge()
        return [Share(name, seconds, self._times[name]) for name, seconds in self._seconds.items()]

    def write(self, directory: RunDirectory) -> str:
        """Write `profile.json` and `plots/profile.png`, and return the tables of both lists as text."""
        phases, parts = self.phases(), [Share(*event) for event in self.events()]
        plain = {"unit": "s", "phases": list(map(_plain, phases)), "within": list(map(_plain, parts))}
        directory.write_json("profile.json", plain)
        ((_, drawn),) = painter().draw(_Charts(phases, parts))
        if isinstance(drawn, bytes):
            directory.write_bytes("plots/profile.png", drawn)
        whole = sum(share.seconds for share in phases)
        rows = [_row(share, whole) for share in phases]
        within = [_row(share, whole) for share in parts]
        tables = columns(_HEAD, rows, right=(1, 2, 3)), columns(("within", *_HEAD[1:]), within, right=(1, 2, 3))
        failed = f"plots/profile.png could not be drawn ({drawn})" if isinstance(drawn, str) else ""
        return "\n\n".join(part for part in (*tables, failed) if part)

    def _charge(self) -> None:
        """Count the time since the last change to the phase that is open."""
        now = clock.perf_counter()
        self._seconds[self._open[-1]] += now - self._last
        self._last = now


@dataclass(frozen=True)
class _Charts:
    """The picture of a profile, for the process that draws."""

    phases: Sequence[Share]
    parts: Sequence[Share]
    names: tuple[str, ...] = ("profile",)

    def named(self, names: Sequence[str]) -> _Charts:
        return replace(self, names=tuple(names))

    def pen(self) -> Callable[[str], bytes]:
        return lambda name: chart(self.phases, self.parts)


def chart(phases: Sequence[Share], parts: Sequence[Share]) -> bytes:
    """Return the picture of both lists as PNG."""
    from matplotlib.figure import Figure

    from trona.record.paper import save

    lists = [("phases", phases), ("within them", parts)] if parts else [("phases", phases)]
    figure = Figure(figsize=(6.4, 0.8 + 0.25 * (len(phases) + len(parts)) + 0.6 * len(lists)), layout="constrained")
    axes = figure.subplots(len(lists), 1, squeeze=False, height_ratios=[len(shares) + 1 for _, shares in lists])
    for ax, (title, shares) in zip(axes[:, 0], lists, strict=True):
        ax.barh([share.name for share in shares], [share.seconds for share in shares], color="C0")
        ax.invert_yaxis()
        ax.set_title(title, fontsize="medium")
    axes[-1, 0].set_xlabel("time [s]")
    file = io.BytesIO()
    save(figure, file)
    return file.getvalue()


def _plain(share: Share) -> dict[str, Any]:
    return {"name": share.name, "seconds": share.seconds, "times": share.times}


def _row(share: Share, whole: float) -> tuple[str, ...]:
    return share.name, f"{share.seconds:.2f} s", f"{share.seconds / whole:.0%}", str(share.times or "")
