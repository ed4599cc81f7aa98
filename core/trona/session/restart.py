"""Continuing an earlier run: its last checkpoint is read, compared with the deck, and restored into a session."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.deck.layout import TEXT, Array, Maybe, MisfitError, Named, fit
from trona.errors import TronaError, UserError
from trona.mesh.plain import MESH_LAYOUT, from_plain
from trona.settings.identity import FREE, differences, identity

if TYPE_CHECKING:
    from trona.mesh import MeshData
    from trona.model import Model
    from trona.record import Record
    from trona.session.checkpoints import CheckpointWriter
    from trona.session.session import Session
    from trona.settings.time import TimeSettings

_log = logging.getLogger("trona.run")

_NO_MATTER = ("platform",)
"""Entries of the versions whose change is not worth a warning."""


@dataclass(frozen=True)
class Earlier:
    """The checkpoint that a run starts from: its folder, file, and content (on the first rank, None elsewhere)."""

    folder: Path
    path: Path
    content: dict[str, Any] | None
    warnings: list[str]

    @property
    def files(self) -> list[str]:
        """Names, in the folder, of the files that belong to the checkpoint, itself among them."""
        from trona.record import piece_names

        assert self.content is not None
        return [*self.content["record"]["files"], *piece_names(self.path, self.content)]

    @property
    def beside(self) -> list[str]:
        """Names, in the folder, of the files of all checkpoints: until there is a newer one, none is removed."""
        return [f"{self.path.parent.name}/{p.name}" for p in sorted(self.path.parent.glob("*.npz"))]

    def mesh(self, comm: Any) -> MeshData | None:
        """Return the mesh that had taken the place of the deck's, if one had. Collective."""
        plain = comm.bcast(self.content.get("mesh") if self.content is not None else None)
        return None if plain is None else from_plain(plain)


def load_earlier(folder: Path, model: Model, settings: TimeSettings | None, comm: Any) -> Earlier:
    """Read the newest good checkpoint of a run folder and check that it fits the deck and its times.

    Raises UserError on every rank when there is none, or when it belongs to another deck or mesh.
    """
    from trona.record import read_newest, versions

    found: tuple[Path, dict[str, Any] | None, list[str]] | None = None
    error: TronaError | None = None
    if comm.rank == 0:
        try:
            if settings is None:
                raise UserError("--restart: a steady run cannot be continued")
            path, content, warnings = read_newest(folder, refuse, refuse_piece)
            changed = differences(content["identity"], identity(model))
            if changed:
                free = f"{', '.join(FREE[:-1])} and {FREE[-1]}"
                raise UserError(
                    f"{path}: the checkpoint belongs to another deck:\n{changed}\n"
                    f"only {free} may change when a run is continued"
                )
            reached = content["stepper"]["time"]
            if reached > settings.end * (1 + 1e-12):
                raise UserError(
                    f"{path}: the run has reached t = {reached:.6g} s, which is past time.end, {settings.end:.6g} s"
                )
            now = versions()
            other = [
                f"{name} {old}, now {now.get(name, 'none')}"
                for name, old in content["versions"].items()
                if name not in _NO_MATTER and now.get(name) != old
            ]
            if other:
                warnings.append(f"the checkpoint was written with {'; '.join(other)}: the last digits may differ")
            found = path, content, warnings
        except TronaError as caught:
            error = caught
    head = comm.bcast(error or (found and (found[0], found[2])))
    if isinstance(head, TronaError):
        raise head
    return Earlier(folder, head[0], found[1] if found else None, head[1])


def put_back(earlier: Earlier, session: Session, writer: CheckpointWriter, record: Record | None) -> None:
    """Put a session, and on the first rank its record, back to a checkpoint. Collective.

    Raises UserError when they do not fit.
    """
    from trona.record import read_pieces

    comm, content = session.solution.problem.comm, earlier.content
    kept = (content["stepper"], content["audit"], norms_of(content)) if content is not None else None
    stepper, audit, norms = comm.bcast(kept)
    try:
        pieces = read_pieces(earlier.path, content) if content is not None else iter(())
        first = iter([content.pop("piece")] if content is not None else ())
        writer.state_keeper().spread(content["state"] if content is not None else None, chain(first, pieces))
        session.stepper.restore(stepper)
        session.solution.audit.restore(audit)
    except UserError as error:
        raise UserError(f"{earlier.path}: {error}") from None
    session.norms += norms
    writer.restored(stepper["number"], stepper["time"])
    _log.info("continuing after step %d, t = %.6g s, from %s", stepper["number"], stepper["time"], earlier.path)
    session.outputs = session.solution.outputs()
    snapshot = session.snapshot()
    if record is not None and content is not None:
        whole = snapshot is not None and snapshot.pieces == 1
        record.restore(content["record"], session.outputs, snapshot if whole else None)


def refuse(content: dict[str, Any]) -> None:
    """Raise MisfitError unless this is what a run writes: a file that anyone can edit may hold anything."""
    from trona.problem.checkpoint import StateKeeper
    from trona.readings.audit import Audit
    from trona.record import RECORD_LAYOUT, refuse_uneven
    from trona.stepper import Stepper

    norms = {"lengths": Array((None,), whole=True), "values": Array((None,), finite=False)}
    layout = {
        "identity": Named(TEXT),
        "mesh": Maybe(MESH_LAYOUT),
        "versions": Named(TEXT),
        "state": StateKeeper.HEAD,
        "piece": StateKeeper.PIECE,
        "stepper": Stepper.LAYOUT,
        "audit": Audit.LAYOUT,
        "norms": norms,
        "record": RECORD_LAYOUT,
    }
    fit(content, layout)
    refuse_uneven(content["record"])
    lengths, values = content["norms"]["lengths"], content["norms"]["values"]
    if (lengths < 0).any() or (lengths > len(values)).any() or lengths.sum() != len(values):
        raise MisfitError("norms: the lengths do not add up to the number of values")
    stepper = content["stepper"]
    programme = stepper.get("programme") or {"cycle_start": 0.0, "start": 0.0}
    if not 0.0 <= programme["cycle_start"] <= programme["start"] <= stepper["time"]:
        raise MisfitError("stepper.programme.start: does not lie between the start of the cycle and the time reached")
    if content.get("mesh") is not None:
        from_plain(content["mesh"])


def refuse_piece(content: dict[str, Any]) -> None:
    """Raise MisfitError unless this is what another rank than the first writes."""
    from trona.problem.checkpoint import StateKeeper

    fit(content, StateKeeper.PIECE)


def norms_of(content: dict[str, Any]) -> list[list[float]]:
    """Return the residual norms of every Newton iteration, per accepted step."""
    norms = content["norms"]
    parts = np.split(norms["values"], np.cumsum(norms["lengths"])[:-1]) if len(norms["lengths"]) else []
    return [part.tolist() for part in parts]
