"""The page of the campaign, from the mutants and their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mutants import Mutant
from proofs import PROOFS

HEAD = """<!-- made by tests/mutation/campaign.py -->
# Mutation campaign

Do the proofs find what they are meant to find? `make mutation` writes small faults, or *mutants*, into copies of the
source, one at a time, and tries each against all proofs:

- **dimension check**: all small decks that use the plugin, and its examples, are composed;
- **audit**: these decks are run and audited; a deck that can no longer be solved counts as caught too;
- **verify**: the same decks are verified as by `trona verify` (salt, mechanics and growth have no such decks here:
  their closed forms are the proof);
- **closed forms**: the tests that compare with closed-form solutions.

Each proof stops at its first finding, and all proofs are tried, so the table shows the power of each. A mutant that the
dimension check refuses cannot be run, so the other proofs are not reached ("-"). All proofs are first run without a
fault, and must then find nothing. `verify` takes its solutions from the declaration itself, so a wrong factor in a
declaration is right to it: it tests how declarations are turned into what is solved.
"""


def caught(result: Mapping[str, str]) -> bool:
    return any(result.get(p) for p in PROOFS)


def render(mutants: Sequence[Mutant], results: Mapping[str, Mapping[str, str]]) -> str:
    """Return the page as Markdown."""
    plugins = [m for m in mutants if m.plugin]
    core = [m for m in mutants if not m.plugin]
    parts = [HEAD, _counts((("built-in plugins", plugins), ("core", core)), results)]
    lost = [m for m in mutants if m.name not in results]
    if lost:
        parts.append("Not run yet: " + ", ".join(f"`{m.name}`" for m in lost) + ".\n")
    parts.append("## Survivors\n")
    alive = [m for m in mutants if m.name in results and not caught(results[m.name])]
    parts += [f"- `{m.name}` ({m.file}): {m.what}. {m.survives}" for m in alive] or ["None."]
    parts.append("")
    for file in dict.fromkeys(m.file for m in mutants):
        parts += [f"## {file}\n", _table([m for m in mutants if m.file == file], results)]
    parts += ["## What was found\n", "The first finding of each proof.\n"]
    for m in mutants:
        found = [f"    - {p}: {_code(results[m.name][p])}" for p in PROOFS if results.get(m.name, {}).get(p)]
        if found:
            parts += [f"- `{m.name}`", *found]
    return "\n".join(parts).rstrip() + "\n"


def _counts(groups: Sequence[tuple[str, Sequence[Mutant]]], results: Mapping[str, Mapping[str, str]]) -> str:
    head = ("mutants of", "run", "caught", *PROOFS, "by one proof alone", "survive")
    rows = []
    for name, mutants in groups:
        found = [results[m.name] for m in mutants if m.name in results]
        by = [sum(bool(r.get(p)) for r in found) for p in PROOFS]
        alone = sum(sum(bool(r.get(p)) for p in PROOFS) == 1 for r in found)
        alive = sum(not caught(r) for r in found)
        rows.append((name, *map(str, (len(found), len(found) - alive, *by, alone, alive))))
    return _rows(head, rows)


def _table(mutants: Sequence[Mutant], results: Mapping[str, Mapping[str, str]]) -> str:
    head = ("mutant", "kind", "fault", *PROOFS)
    rows = [(f"`{m.name}`", m.kind, m.what, *_marks(results.get(m.name))) for m in mutants]
    return _rows(head, rows)


def _marks(result: Mapping[str, str] | None) -> list[str]:
    if result is None:
        return ["not run"] * len(PROOFS)
    return ["-" if p not in result else "**caught**" if result[p] else "no" for p in PROOFS]


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"
