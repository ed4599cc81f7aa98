"""Who decides what a new deck leaves open: the suggestions, or a person at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trona.errors import UserError, nearest


class Choices:
    """Takes every suggestion."""

    def one(self, what: str, suggestion: str, known: Sequence[str] = ()) -> str:
        """Return an answer; known: the only possible ones, if not empty. Raises UserError if there is none."""
        if not suggestion:
            raise UserError(f"give {what}")
        return suggestion

    def several(self, what: str, suggestion: Sequence[str], known: Sequence[str]) -> list[str]:
        """Return some of the known names, at least one."""
        return list(suggestion)


class Questions(Choices):
    """Asks a person, who takes a suggestion by an empty answer.

    ask: prints a question and returns the answer, as `input` does. say: prints a line.
    """

    def __init__(self, ask: Callable[[str], str], say: Callable[[str], None]) -> None:
        self.ask, self.say = ask, say

    def one(self, what: str, suggestion: str, known: Sequence[str] = ()) -> str:
        if len(known) > 1:
            self.say(f"  {', '.join(known)}")
        while True:
            answer = self._answer(what, suggestion)
            if answer and (not known or answer in known):
                return answer
            self.say(f"  there is no '{answer}'{nearest(answer, known)}" if answer else "  an answer is needed")

    def several(self, what: str, suggestion: Sequence[str], known: Sequence[str]) -> list[str]:
        if len(known) > 1:
            self.say(f"  {', '.join(known)}")
        while True:
            answer = self._answer(f"{what}, separated by commas", ", ".join(suggestion))
            names = [name.strip() for name in answer.split(",") if name.strip()]
            wrong = [name for name in names if name not in known]
            if names and not wrong:
                return list(dict.fromkeys(names))
            self.say(f"  there is no '{wrong[0]}'{nearest(wrong[0], known)}" if wrong else "  an answer is needed")

    def _answer(self, what: str, suggestion: str) -> str:
        try:
            return self.ask(f"{what} [{suggestion}]: " if suggestion else f"{what}: ").strip() or suggestion
        except EOFError:
            raise UserError(f"no answer to '{what}'") from None
