"""What one run leaves for the next in the same process: meshes, forms, readings and factors of a deck like its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.errors import UserError
from trona.model import compose
from trona.model.alike import Alike, Comparison, alike
from trona.model.read_mesh import mesh_source

if TYPE_CHECKING:
    from trona.deck import Deck
    from trona.model import Model
    from trona.problem.meshes import Meshes
    from trona.record import Reporter
    from trona.session.solution import Solution
    from trona.settings import Settings


class OtherSetUpError(UserError):
    """A deck that differs from that of the single set-up in more than numbers; its message is where."""


def compared(
    first: Model, of_first: Settings, second: Model, of_second: Settings, begun: Comparison | None = None
) -> Alike | str:
    """Return how two decks correspond that can share a set-up, or where they differ in more than numbers.

    begun: as of `alike`.
    """
    if (of_first.protocol is None) != (of_second.protocol is None):
        return "settings.protocol"
    return alike(
        first,
        second,
        (of_first.outputs, of_second.outputs),
        (of_first.solver, of_second.solver),
        (of_first.audit, of_second.audit),
        begun=begun,
    )


class Kept:
    """The set-up of the last run that ended well, for one process.

    A deck that differs from the last one only in numbers that are inputs of the forms takes it over, with the solution
    as the first guess of a steady problem. The earlier result must not be used any more. Any other deck gets a set-up
    of its own, on the same meshes if its mesh is the same one; with `single` it is refused.
    """

    def __init__(self, *, single: bool = False) -> None:
        self._single = single
        self._made: Solution | None = None
        """The set-up that was made last, also if its run did not end well; only of a single one."""
        self._solution: Solution | None = None
        self._meshes: Meshes | None = None
        self._source: object = None
        """Where they come from."""
        self._mesh_warnings: tuple[str, ...] = ()
        """What was said of that mesh when it was read."""
        self._begun: Comparison | None = None
        """With the deck that was composed last."""
        self.set_ups = 0
        """How many have been made."""
        self.why = ""
        """Where the last deck differs from the one before, if it could not take over its set-up."""

    def take(self, model: Model, settings: Settings, reporter: Reporter) -> Solution | None:
        """Return the last set-up with the numbers of this model, None if it does not fit. It is not kept any more.

        Raises OtherSetUpError where there must be a single one.
        """
        reference = self._reference
        found = self._compared(reference, model, settings) if reference is not None else ""
        if self._single and isinstance(found, str) and found:
            raise OtherSetUpError(found)
        solution, self._solution = self._solution, None
        self.why = found if isinstance(found, str) else ""
        if solution is None or isinstance(found, str):
            return None
        found.adopt()
        solution.problem.ahead.report_to(reporter.progress, reporter.message)
        solution.renew(settings, reporter.newton)
        return solution

    def difference(self, model: Model, settings: Settings) -> str:
        """Return where a deck differs from that of the single set-up in more than numbers, '' if it does not."""
        found = self._compared(self._made, model, settings) if self._made is not None else ""
        return found if isinstance(found, str) else ""

    def compose(self, deck: Deck) -> Model:
        """Return the model of a deck, on the mesh of the last set-up if this deck describes the same one."""
        if self._meshes is None or self._source != mesh_source(deck):
            return compose(deck)
        self._begun = Comparison(self._reference.model) if self._reference is not None else None
        return compose(deck, mesh=self._meshes.data, mesh_warnings=self._mesh_warnings, like=self._begun)

    def meshes_of(self, model: Model) -> Meshes | None:
        """Return the meshes of the last set-up, None if this model has another mesh."""
        return self._meshes if self._meshes is not None and self._meshes.data is model.mesh else None

    def made(self, solution: Solution) -> None:
        """Note a new set-up, and keep its meshes."""
        self.set_ups += 1
        self._made = solution if self._single else None
        self._meshes, self._source = solution.problem.meshes, mesh_source(solution.model.deck)
        self._mesh_warnings = solution.model.mesh_warnings

    def keep(self, solution: Solution) -> None:
        """Keep a set-up whose run has ended well; not one on another mesh than its deck's, to which it went over."""
        if self.meshes_of(solution.model) is solution.problem.meshes:
            self._solution = solution

    @property
    def _reference(self) -> Solution | None:
        """The set-up that the next deck may take over."""
        return self._made if self._single else self._solution

    def _compared(self, solution: Solution, model: Model, settings: Settings) -> Alike | str:
        """Return how a model corresponds to that of a set-up, or where it differs in more than numbers."""
        begun, self._begun = self._begun, None
        found = compared(solution.model, solution.settings, model, settings, begun)
        if isinstance(found, str):
            return found
        known = {id(mine) for mine, _ in found.inputs}
        for symbol in solution.problem.inputs.symbols:
            if id(symbol) not in known:
                return f"the input {symbol}"
        return found
