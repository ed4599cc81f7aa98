"""A proof, and the exceptions of one that fails or does not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class Failed(Exception):  # noqa: N818 - a verdict, not a mistake in the code
    """The plugin does not conform; the text says what was found and what was expected."""


class NotApplicable(Exception):  # noqa: N818
    """The proof does not apply to this plugin; the text is the reason."""


@dataclass(frozen=True)
class Proof:
    """One requirement of plugins. `check` returns if it is met, and raises Failed or NotApplicable otherwise."""

    name: str
    check: Callable[[], None]


class Once(Generic[T]):
    """A result that several proofs share, computed on first use; its error is raised for each of them."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._error: Exception | None = None

    def __call__(self) -> T:
        if self._error is not None:
            raise self._error
        if not self._made:
            try:
                self._made.append(self._make())
            except Exception as error:
                self._error = error
                raise
        return self._made[0]


def fail(problems: Iterable[str]) -> None:
    """Raise Failed with all problems, one per line; do nothing if there is none."""
    text = "\n".join(problems)
    if text:
        raise Failed(text)
