"""A study: one deck, solved again and again with other numbers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trona.errors import DeckError, UserError, raise_all
from trona.problem.start import prepare_environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trona.deck import Deck, Node
    from trona.session.result import Result

VALUES = "<values>"
"""What stands for the file in the location of a value that Python gave."""


class Study:
    """A deck that is set up once and solved for other numbers as often as one likes:

        study = trona.Study("cell.yaml")
        for load in (5, 10, 20):
            print(study.solve({"definitions.load": f"{load} MPa"})["stroke"])

    Any number of the deck may change that reaches the equations as an input, such as an option of a physics, the value
    of a material, a boundary or an initial value, a time or a limit of the protocol. What changes more than numbers,
    such as the mesh, a physics or the blocks where it acts, needs a Study of its own.

    deck: a path or a Deck. overrides, allow_petsc: as of `read_deck`, for a path. Raises UserError for mistakes.
    """

    def __init__(self, deck: Deck | str | Path, overrides: Sequence[str] = (), *, allow_petsc: bool = False) -> None:
        prepare_environment()
        from trona.deck import Deck, read_deck, refuse_overrides
        from trona.session.kept import Kept
        from trona.session.run import refuse_sweep

        if isinstance(deck, Deck):
            refuse_overrides(overrides)
        self._deck = deck if isinstance(deck, Deck) else read_deck(deck, overrides, allow_petsc=allow_petsc)
        refuse_sweep(self._deck)
        self._kept = Kept(single=True)
        self._warned: set[str] = set()

    def solve(self, values: Mapping[str, Any] | None = None, *, directory: str | Path | None = None) -> Result:
        """Solve the deck with the values at these paths replaced, written as in the deck, and return the result.

        The values of one call do not outlast it. A steady problem starts from the solution before. The outputs of
        earlier results stay what they were, but their `problem` is the present one. directory: where the files of this
        solution go; by default there are none. A warning is told once, as a warning of Python. Raises UserError for
        mistakes, at the path, among them a change of more than numbers, and what `trona.run` raises if a solve fails:
        the next one then makes a new set-up.
        """
        from trona.deck.source import from_plain
        from trona.record import make_reporter
        from trona.session.kept import OtherSetUpError
        from trona.session.run import run

        if not isinstance(values or {}, Mapping):
            raise UserError(f"expected values by their paths, as in {{'time.end': '10 s'}}, got {values!r}")
        given = {str(path): from_plain(value, VALUES, str(path)) for path, value in (values or {}).items()}
        deck = self._deck.with_values(given)
        reporter = make_reporter(quiet=True)
        try:
            return run(deck, directory=directory, record=directory is not None, reporter=reporter, kept=self._kept)
        except OtherSetUpError as error:
            raise_all(self._refused(given, str(error)))
            raise
        finally:
            self._tell(reporter.warnings)

    def __repr__(self) -> str:
        return f"study of {self._deck.name}: {self.set_ups} set-up{'' if self.set_ups == 1 else 's'}"

    @property
    def set_ups(self) -> int:
        """How many set-ups have been made: one, and another after each solve that failed."""
        return self._kept.set_ups

    def _tell(self, texts: Sequence[str]) -> None:
        for text in texts:
            if text not in self._warned:
                self._warned.add(text)
                warnings.warn(text, stacklevel=3)

    def _refused(self, given: Mapping[str, Node], why: str) -> list[UserError]:
        """Return an error at each value that alone changes more than numbers; at all of them, if none does."""
        from trona.settings import read_settings

        def differs(path: str, node: Node) -> bool:
            model = self._kept.compose(self._deck.with_values({path: node}))
            return bool(self._kept.difference(model, read_settings(model)))

        found = [node for path, node in given.items() if len(given) == 1 or differs(path, node)]
        text = f"this changes more than a number ({why}), so it needs a Study of its own"
        return [DeckError(text + _way(node), node.location) for node in found or given.values()]


def _way(node: Node) -> str:
    """Return what helps where a formula was given, or a definition that stands in one; '' elsewhere."""
    from trona.deck.measure import measure

    formula = isinstance(node.value, str) and measure(node) is None and bool(set("*/+(") & set(node.value))
    if not formula and not node.location.path.startswith("definitions."):
        return ""
    return "; numbers inside a formula are part of the equations, also defined ones, but not the factor of a property"
