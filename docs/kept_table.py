"""A table of a sweep, or of a run over time, as it is kept in a CSV file: what claims are judged from."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from pathlib import Path

Value = float | str
_HEADER = re.compile(r"(.*?)(?: \[(.*)\])?")


class Rows:
    """The cases of a sweep that have not failed, picked by parameters: numbers in the unit of the header, or words.

    Lines that begin with # tell about the table.

    A word stands for every value that begins with it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open(encoding="utf-8", newline="") as stream:
            header, *lines = list(csv.reader(line for line in stream if not line.startswith("#")))
        matches = [_HEADER.fullmatch(text) for text in header]
        self.units = {match[1]: match[2] or "" for match in matches if match}
        self.cases: list[Mapping[str, str]] = [
            case for line in lines if (case := dict(zip(self.units, line, strict=True)))["status"] != "failed"
        ]

    def numbers(self, name: str) -> list[float]:
        """Return a column, by case."""
        return [float(case[name]) for case in self.cases]

    def once(self, name: str) -> list[float]:
        """Return one value of a column for each case: of a run, the table has a row for each step."""
        return [float(text) for text in {case["case"]: case[name] for case in self.cases}.values() if text]

    def different(self, name: str, **fixed: Value) -> list[str]:
        """Return the values that a parameter takes, in the order of the table, the others being fixed."""
        return list(dict.fromkeys(case[name] for case in self.cases if _fits(case, fixed)))

    def series(self, output: str, along: str, **fixed: Value) -> list[float]:
        """Return an output over all values of one parameter, in the order of the deck, the others being fixed.

        Raises ValueError where that does not leave one case for each.
        """
        found = [float(case[output]) for case in self.cases if _fits(case, fixed)]
        wanted = len(self.different(along))
        if len(found) != wanted:
            raise ValueError(f"{self.path.name}: {output} along {along} with {fixed}: {len(found)} cases, not {wanted}")
        return found

    def number(self, **fixed: Value) -> int:
        """Return the number of the one case with these parameters. Raises ValueError where it is not one."""
        return int(self.one("case", **fixed))

    def one(self, output: str, **fixed: Value) -> float:
        """Return an output of the one case with these parameters. Raises ValueError where it is not one."""
        found = [case for case in self.cases if _fits(case, fixed)]
        if len(found) != 1:
            raise ValueError(f"{self.path.name}: {output} with {fixed}: {len(found)} cases, not one")
        return float(found[0][output])


def _fits(case: Mapping[str, str], fixed: Mapping[str, Value]) -> bool:
    return all(
        case[name].startswith(value) if isinstance(value, str) else math.isclose(float(case[name]), value)
        for name, value in fixed.items()
    )
