"""The loop that ties the rooms together: a run from its deck to its result."""

from trona.session.run import Result, run

__all__ = ["Result", "run"]
