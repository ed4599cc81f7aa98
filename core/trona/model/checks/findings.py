"""What the checks of a model find besides mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field

from trona.model.records import Expectation


@dataclass
class Findings:
    """What is no mistake.

    warnings: what a user should look at. expectations: ranges to be watched in the run. judged_later: what has bounds
    and depends on something that only a run knows.
    """

    warnings: list[str] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)
    judged_later: list[str] = field(default_factory=list)
