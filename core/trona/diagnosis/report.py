"""A diagnosis as plain data: findings, the most probable cause first, and tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

FIRST_LINES = 12
"""Largest number of lines in a terminal."""
_WORTH_A_LINE = 50.0


@dataclass(frozen=True)
class Finding:
    """One possible cause or remedy.

    rank: the higher, the more probable is this cause. kind: a keyword for scripts. text: one sentence; details: further
    sentences; cure: what to try.
    """

    rank: float
    kind: str
    text: str
    details: tuple[str, ...] = ()
    cure: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text under a title; the first row is the header."""

    title: str
    rows: tuple[tuple[str, ...], ...]

    def lines(self) -> list[str]:
        widths = [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]
        shown = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in self.rows]
        return [self.title, *(f"  {line}" for line in shown)]


@dataclass
class Diagnosis:
    """Why a solve failed, as far as the failing state shows.

    failure: the message of the solver; time and step in s (step None in a steady problem); findings by rank.
    """

    failure: str
    time: float
    step: float | None
    findings: list[Finding] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def head(self) -> str:
        """Return the first lines: cause, evidence, what to try; at most `FIRST_LINES`."""
        lines = _finding(self.findings[0]) if self.findings else []
        lines += [f"also: {f.text}" for f in self.findings[1:3] if f.rank >= _WORTH_A_LINE]
        lines = lines[: FIRST_LINES - 1]
        lines.append(f"{self.failure.splitlines()[0]}{self._when()}")
        return "\n".join(lines)

    def text(self) -> str:
        """Return the complete report."""
        parts = [f"{self.failure}{self._when()}", "", "Findings, the most probable cause first", ""]
        for number, finding in enumerate(self.findings, start=1):
            first, *rest = _finding(finding)
            parts += [f"{number}. {first}", *(f"   {line}" for line in rest), ""]
        if not self.findings:
            parts += ["none", ""]
        for table in self.tables:
            parts += [*table.lines(), ""]
        parts += self.notes
        return "\n".join(parts).rstrip() + "\n"

    def plain(self) -> dict[str, Any]:
        """Return the report as data for JSON."""
        return {
            "failure": self.failure,
            "time": self.time,
            "step": self.step,
            "findings": [
                {"kind": f.kind, "text": f.text, "details": list(f.details), "cure": f.cure} for f in self.findings
            ],
            "tables": {t.title: [list(row) for row in t.rows] for t in self.tables},
            "notes": list(self.notes),
        }

    def _when(self) -> str:
        return "" if self.step is None else f" (step of {self.step:.4g} s to t = {self.time:.6g} s)"


def _finding(finding: Finding) -> list[str]:
    lines = [finding.text, *(f"  {d}" for d in finding.details)]
    return [*lines, f"  try: {finding.cure}"] if finding.cure else lines


def number(value: float) -> str:
    """Return a number to four digits; 'nan' and 'inf' as such."""
    return f"{value:.4g}" if math.isfinite(value) else str(value)


def distinct(value: float, *others: float | None) -> str:
    """Return a number to as many digits, at least four, as tell it from others that differ from it."""
    for digits in range(4, 17):
        text = f"{value:.{digits}g}"
        if all(other is None or other == value or float(text) != float(f"{other:.{digits}g}") for other in others):
            return text
    return repr(value)
