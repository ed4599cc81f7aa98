"""The loop that ties the rooms together: a run from its deck to its result."""

from typing import TYPE_CHECKING, Any

from trona.session.run import run

if TYPE_CHECKING:
    from trona.session.result import Result

__all__ = ["Result", "run"]


def __getattr__(name: str) -> Any:
    if name == "Result":  # late: with the files of a run comes numpy, which --help can do without
        from trona.session.result import Result

        return Result
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
