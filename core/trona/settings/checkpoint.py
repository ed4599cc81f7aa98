"""The deck's `checkpoint` section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.deck import Integer, Quantity, Section

if TYPE_CHECKING:
    from trona.model.model import Model


class CheckpointSection(Section):
    """When a transient run writes the state from which it can be continued."""

    name = "checkpoint"

    every = Quantity("s", "wall-clock time between checkpoints", default="10 min", above="0 s", variables=())
    every_steps = Integer("number of steps after which a checkpoint is written in addition", default=None, minimum=1)
    keep = Integer("number of checkpoints to keep; 0 writes none", default="2", minimum=0)


@dataclass(frozen=True)
class CheckpointSettings:
    """When checkpoints are written: `every`, in s of clock time, None or each `every_steps`; `keep` is 0 for none."""

    every: float
    every_steps: int | None
    keep: int


def read_checkpoint(model: Model) -> CheckpointSettings:
    """Read `checkpoint`. In a steady deck nothing is kept. Raises UserError."""
    section = CheckpointSection.read(model.deck)
    return CheckpointSettings(section.every.constant, section.every_steps, 0 if model.steady else section.keep)
