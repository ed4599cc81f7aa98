"""The page of a run or sweep, made at its end by the process that draws pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from trona.errors import UserError

if TYPE_CHECKING:
    from trona.model import Model
    from trona.settings import Settings


class Warns(Protocol):
    """Where a page that could not be made is reported."""

    def warning(self, text: str) -> None: ...

    def message(self, text: str) -> None: ...


def start_painter(model: Model, settings: Settings) -> None:
    """Have the painter import what a page takes, and draw the mesh, while a run goes on."""
    from trona.page import NEEDS, prepare
    from trona.record.painter import painter

    mesh, deck = model.mesh, model.deck.resolved()
    shown = settings.outputs.vtk and model.motion is None  # of a mesh that moves the page shows the first state
    painter(*NEEDS, first=(lambda: prepare(mesh, deck)) if shown else None)


def follow(folder: Path, reporter: Warns) -> None:
    """Have the painter make the page of a run that begins again and again, until `leave_page`."""
    from trona.page import LivePage
    from trona.record.painter import painter
    from trona.record.paths import PAGE

    if painter().meanwhile(LivePage(folder)):
        reporter.message(f"the page is written while the run goes on: {folder / PAGE}")
    else:
        reporter.warning("--live: there is no second core for the page, which is written at the end")


def leave_page(folder: Path, reporter: Warns) -> None:
    """Write the page of a folder that no run has open. A fault of it gives a warning: the run is worth more."""
    from trona.page import Pages, put
    from trona.record.painter import painter
    from trona.record.results import is_run

    painter().meanwhile(None)
    if not is_run(folder):  # moved or removed while the run went on, which has been told
        return
    ((_, made),) = painter().draw(Pages(folder))
    try:
        if isinstance(made, str):
            raise UserError(f"report.html could not be made ({made})")
        put(folder, made)
    except UserError as error:
        reporter.warning(str(error))
