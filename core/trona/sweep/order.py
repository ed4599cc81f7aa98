"""The order in which the cases of a sweep are solved: like beside like, so that each can use what the last one left."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from trona.deck.measure import measure, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from trona.deck import Node
    from trona.sweep.cases import Case

Rank = tuple[bool, float, str]


def neighbours(cases: Sequence[Case], apart: Collection[str]) -> list[Case]:
    """Return cases in an order in which each differs little from the one before.

    apart: the parameters whose values make another set-up; they change as rarely as possible. Values go there and back:
    where one parameter takes its next value, all faster ones keep theirs.
    """
    names = sorted(cases[0].values, key=lambda name: name not in apart) if cases else []
    ranks: dict[int, Rank] = {}

    def rank(name: str, case: Case) -> Rank:
        node = case.values[name]
        if id(node) not in ranks:
            ranks[id(node)] = _rank(node)
        return ranks[id(node)]

    return _there_and_back(list(cases), names, rank)


def _there_and_back(cases: list[Case], names: list[str], rank: Callable[[str, Case], Rank]) -> list[Case]:
    if not names or len(cases) < 2:
        return cases
    found: list[Case] = []
    by_first = partial(rank, names[0])
    for number, (_, same) in enumerate(groupby(sorted(cases, key=by_first), key=by_first)):
        part = _there_and_back(list(same), names[1:], rank)
        found += reversed(part) if number % 2 else part
    return found


def _rank(node: Node) -> Rank:
    number = measure(node)
    return (True, 0.0, text_of(node)) if number is None else (False, number.si, "")
