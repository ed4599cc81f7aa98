"""Opening the record of a run: on the first rank, and on no other."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any

from trona.errors import TronaError

if TYPE_CHECKING:
    from pathlib import Path

    from trona.model import Model
    from trona.record import Record, Reporter, RunDirectory
    from trona.record.profile import Profile
    from trona.session.restart import Earlier
    from trona.settings import Settings


def open_record(
    model: Model,
    settings: Settings,
    directory: Path | None,
    earlier: Earlier | None,
    reporter: Reporter,
    comm: Any,
    closing: ExitStack,
    profile: Profile | None = None,
) -> tuple[Record | None, Path]:
    """Return the record, None on all ranks but the first, and its folder, which `closing` closes.

    A mistake found on the first rank is raised on every rank: UserError.
    """
    from trona.explain import equations
    from trona.model.materials.parameters import parameters
    from trona.record import Record, RecordOptions, RunMetadata, versions
    from trona.session.citations import citations
    from trona.settings.symbols import symbols_of

    record = error = path = None
    if comm.rank == 0:
        try:
            folder = _folder(directory, model.deck.name, earlier, closing)
            path = folder.path
            metadata = RunMetadata(
                model.deck.name,
                model.deck.resolved(),
                versions(),
                comm.size,
                citations(model),
                datetime.now().astimezone(),
                parameters(model),
                tuple(equations(model)),
                symbols_of(model, settings.outputs),
                {field.name: field.law.name for field in model.fields.values() if field.law is not None},
                {each.name: each.names[1:] for each in settings.outputs.numbers if each.whole},
            )
            wanted, checks = settings.outputs, settings.audit
            options = RecordOptions(
                wanted.vtk,
                wanted.every,
                wanted.csv,
                wanted.plots,
                wanted.zoom,
                checks.every if checks.csv else 0,
                settings.protocol,
                wanted.at,
            )
            record = Record(folder, metadata, reporter, options, profile)
        except TronaError as caught:
            error = caught
    error = comm.bcast(error)
    if error is not None:
        raise error
    return record, comm.bcast(path)


def _folder(path: Path | None, name: str, earlier: Earlier | None, closing: ExitStack) -> RunDirectory:
    """Return the folder to write to; the files of a run that is continued in another folder are copied to it."""
    from trona.record import copy_files, open_directory, reopen_directory

    if earlier is not None and (path is None or path.resolve() == earlier.folder.resolve()):
        folder = reopen_directory(earlier.folder, [*earlier.files, *earlier.beside])
    else:
        folder = open_directory(path, name)
    closing.callback(folder.close)
    if earlier is not None and folder.path != earlier.folder:
        copy_files(earlier.folder, earlier.files, folder)
    return folder
