"""The mutation campaign: every mutant against every proof.

python campaign.py [--page] [--at-once N] [NAME...]: runs what has no result yet, two at a time, and writes
docs/mutation.md; --page writes the page alone. A NAME runs one mutant anew, and a pattern such as 'islands-*' those of
it that have no result yet.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from fnmatch import fnmatchcase
from pathlib import Path

from mutants import ROOT, Mutant, all_mutants, copy
from page import render
from proofs import BASELINE, PROOFS

RESULTS = ROOT / "tests/mutation/results.json"
PAGE = ROOT / "docs/mutation.md"
CACHE = ROOT / "build/mutation"
LONGEST = 900.0  # s for the proofs of one mutant
PROCESSES = 2

Results = dict[str, dict[str, str]]
"""Per mutant its digest, and per proof what it found: '' if nothing; absent if the proof was not reached."""


def read() -> Results:
    """Return the results so far, without those of mutants that have changed since or are gone."""
    known = {m.name: m.digest for m in all_mutants()}
    found: Results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return {name: r for name, r in found.items() if known.get(name) == r["digest"]}


def write(results: Results) -> None:
    order = [m.name for m in all_mutants() if m.name in results]
    RESULTS.write_text(json.dumps({n: results[n] for n in order}, indent=1) + "\n", encoding="utf-8")


def prove(
    mutant: Mutant | None, proofs: Sequence[str] = PROOFS, longest: float = LONGEST, others: Sequence[Mutant] = ()
) -> dict[str, str]:
    """Run the proofs on a copy of the source with the fault (None: without), in processes of their own.

    others: without a fault, the mutants whose decks and tests are run.

    A proof that dies or does not end has found something; those after it are run in a new process.
    """
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if mutant is None:
            copy(folder)
        else:
            mutant.write(folder)
        while left := [p for p in proofs if p not in found]:
            lines = folder / f"{len(found)}.json"
            name = mutant.name if mutant else ",".join([BASELINE, *(m.name for m in others)])
            ended = _process(folder, lines, name, left, longest)
            for line in lines.read_text().splitlines() if lines.exists() else ():
                told = json.loads(line)
                found[told["proof"]] = told["by"]
            if found.get(PROOFS[0]) or not ended:
                break
            if (dead := next((p for p in left if p not in found), "")) and ended:
                found[dead] = ended
    return found


def _process(folder: Path, lines: Path, name: str, proofs: Sequence[str], longest: float) -> str:
    """Run proofs in a process; return '' if all is well, or how it ended."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "OMP_NUM_THREADS": "1",
        "XDG_CACHE_HOME": str(CACHE),
        "PYOP2_CFLAGS": "-fno-fast-math -O0",  # most of the time is the compiler's
    }
    command = [sys.executable, str(ROOT / "tests/mutation/proofs.py"), str(lines), name, *proofs]
    with Path(CACHE / f"{name.partition(',')[0]}.log").open("a") as log:
        try:
            code = subprocess.run(
                command, env=environment, cwd=folder, stdout=log, stderr=log, timeout=longest
            ).returncode
        except subprocess.TimeoutExpired:
            return "does not end"
    return f"dies with {code}" if code else ""


def run(mutants: Sequence[Mutant], at_once: int = PROCESSES) -> None:
    """Run mutants and write each result as it comes. Raises SystemExit if a proof fails without a fault."""
    CACHE.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    told = prove(None, longest=4 * LONGEST, others=mutants)
    if any(told.values()) or set(told) != set(PROOFS):
        raise SystemExit(f"the proofs fail without a fault: {told}")
    print(f"without a fault nothing is found, {time.monotonic() - begin:.0f} s", flush=True)
    with ThreadPoolExecutor(at_once) as pool:
        waiting = {pool.submit(prove, m): m for m in mutants}
        for number, future in enumerate(as_completed(waiting), start=1):
            mutant, found = waiting[future], future.result()
            write({**read(), mutant.name: {"digest": mutant.digest, **found}})
            by = ", ".join(p for p, text in found.items() if text) or "SURVIVES"
            print(f"{number}/{len(mutants)} {time.monotonic() - begin:.0f} s {mutant.name}: {by}", flush=True)


def missing(results: Mapping[str, Mapping[str, str]]) -> list[Mutant]:
    return [m for m in all_mutants() if m.name not in results]


def chosen(names: Sequence[str]) -> list[Mutant]:
    """Return mutants in the order of these names and patterns; without any, all that have no result.

    Raises SystemExit for a name that fits no mutant.
    """
    known, lost = all_mutants(), missing(read())
    found: dict[str, Mutant] = {}
    for name in names or ("*",):
        fitting = [m for m in known if fnmatchcase(m.name, name)]
        if not fitting:
            raise SystemExit(f"no mutant {name}")
        found |= {m.name: m for m in fitting if m.name == name or m in lost}
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--at-once", type=int, default=PROCESSES, metavar="N")
    given = parser.parse_args()
    if not given.page and (mutants := chosen(given.names)):
        run(mutants, given.at_once)
    PAGE.write_text(render(all_mutants(), read()), encoding="utf-8")


if __name__ == "__main__":
    main()
