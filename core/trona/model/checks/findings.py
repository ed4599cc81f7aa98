"""What the checks of a model find apart from mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field

from trona.model.records import Expectation


@dataclass
class Findings:
    """What checks find apart from mistakes.

    warnings: what a user should look at. expectations: ranges to watch during the run. judged_later: what has bounds
    and depends on something that only a run knows.
    """

    warnings: list[str] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)
    judged_later: list[str] = field(default_factory=list)
