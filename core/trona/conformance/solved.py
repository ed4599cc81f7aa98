"""Proofs that solve the example deck: run, audit, manufactured solutions, Taylor test, ranks, order of the deck."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.conformance.proof import Failed, NotApplicable, Proof, fail
from trona.deck import Deck, read_deck
from trona.errors import SolveError, UserError
from trona.problem.start import unranked

if TYPE_CHECKING:
    from trona.conformance.example import Example
    from trona.model import Model
    from trona.session.result import Result

CLOSURE = 1e-9
"""Largest closure error of a ledger, relative to its largest term."""
SAME = 1e-9
"""Largest relative difference between one and two ranks."""
NOISE = 1e-12
"""The same for a number that is small relative to others of its unit."""
ROUND_OFF = 1e-12
RANKS = 2
TIMEOUT = 3600
"""Seconds after which ranks are taken to be deadlocked: far above what a busy machine needs."""


def solved_proofs(example: Example) -> list[Proof]:
    return [
        Proof("order in the deck", partial(_order, example)),
        Proof("runs", partial(_runs, example)),
        Proof("runs steady", partial(_runs_steady, example)),
        Proof("audit", partial(_audit, example)),
        Proof("sum of the terms", partial(_terms, example)),
        Proof("structure", partial(_structure, example)),
        Proof("manufactured orders", partial(_orders, example)),
        Proof("Taylor test", partial(_taylor, example)),
        Proof("flux signs", partial(_signs, example)),
        Proof("readings", partial(_readings, example)),
        Proof("serial equals parallel", partial(_parallel, example)),
    ]


# ---------------------------------------------------------------------- runs


def _runs(example: Example) -> None:
    if example.stores() and not example.transient:
        name = example.subject.name
        raise Failed(f"{name} stores something, so its example deck needs a 'time' section")
    _solve(example.run)


def _runs_steady(example: Example) -> None:
    _ = example.model
    if not example.transient:
        raise NotApplicable("the example deck is steady as it stands")
    try:
        example.compose(read_deck(example.path, ["time=null"]))
    except UserError as error:
        raise NotApplicable(f"there is no steady state: {error}") from None
    _solve(example.run_steady)


def _solve(solve: Any) -> Result:
    try:
        result: Result = solve()
    except (SolveError, UserError) as error:
        raise Failed(f"the example deck cannot be run: {error}") from None
    if result.status != "finished":
        raise Failed(f"the run of the example deck ended as '{result.status}'")
    return result


def _audit(example: Example) -> None:
    fail(_open_ledgers(example, _solve(example.run)))


def _open_ledgers(example: Example, result: Any) -> Iterator[str]:
    own = example.subject.name
    told = False
    model = result.problem.model
    mine = [(b.name, t.kind) for b, t in model.terms() if t.plugin == own]
    # A flux has no entry in a ledger: it moves what other terms let in and store.
    conducts = {name for name, _ in mine} if all(kind in ("flux", "facet", "jump") for _, kind in mine) else set()
    for name, ledger in result.ledger.items():
        told |= any(e.plugin == own and e.value for e in ledger.entries)
        balance = model.balances[name.partition("[")[0]]  # one ledger for each component
        whole = balance.name in conducts or balance.plugin == own
        told |= whole and any(e.value for e in ledger.entries)
        if not ledger.closure <= CLOSURE:
            yield f"the ledger of {name} closes to {ledger.closure:.1e} of its largest term, expected {CLOSURE:g}"
    scalar = any(t.plugin == own and not b.field.shape for b, t in model.terms())
    if scalar and not told:
        yield f"{own} adds nothing to the ledgers of the example deck, so its audit proves nothing"


# ---------------------------------------------------------------------- verification


def _terms(example: Example) -> None:
    fail(example.verified().sum_failures)


def _structure(example: Example) -> None:
    fail(example.verified().structure_failures)


def _orders(example: Example) -> None:
    found = example.verified()
    if not found.convergence:
        raise Failed("no field of the example deck was solved for")
    fail(found.order_failures)
    raw = [text for text in found.raw if text.startswith(f"{example.subject.name}: ")]
    if raw:
        raise NotApplicable(f"raw terms are not covered: {', '.join(raw)}")


def _taylor(example: Example) -> None:
    fail(example.verified().taylor_failures)


def _readings(example: Example) -> None:
    found, own = example.verified(), example.subject.name
    fail(found.reading_failures)
    model = example.model
    mine = {o.name for o in model.outputs if o.plugin == own}
    mine |= {name for name, derived in model.derived.items() if derived.plugin == own}
    if unjudged := [name for name in found.unjudged if name in mine or not found.readings]:
        raise NotApplicable(f"readings that cannot be judged: {', '.join(unjudged)}")
    if not found.readings:
        raise Failed("the example deck has no readings")


def _signs(example: Example) -> None:
    found = example.verified()
    if not found.posed:
        raise NotApplicable("no balance here both stores and conducts")
    fail(found.sign_failures)


# ---------------------------------------------------------------------- order and ranks


def _order(example: Example) -> None:
    """Check that the residual at a random state does not change when unordered sections are reversed."""
    deck = Deck.from_dict(_reversed(example.plain), example.deck.folder, f"{example.deck.name}.yaml")
    one, two = _residual(example.model), _residual(example.compose(deck))
    size = max((float(np.abs(part).max(initial=0.0)) for part in one.values()), default=0.0)
    if one.keys() != two.keys():
        raise Failed(f"the fields change with the order in the deck: {sorted(one.keys() ^ two.keys())}")
    fail(
        f"the residual of {name} changes by {change:.1e} when the order of the deck is reversed"
        for name in one
        if not (change := float(np.abs(one[name] - two[name]).max(initial=0.0)) / (size or 1.0)) <= ROUND_OFF
    )


def _reversed(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a deck with all mappings of its physics, boundaries and materials in the opposite order."""

    def turned(value: Any) -> Any:
        return {k: turned(v) for k, v in reversed(value.items())} if isinstance(value, dict) else value

    return {
        key: turned(value) if key in ("physics", "boundaries", "materials", "initial") else value
        for key, value in reversed(plain.items())
    }


def _residual(model: Model) -> dict[str, Any]:
    """Return the residual by component at a state of small pseudo-random values."""
    import firedrake as fd

    from trona.problem import Problem
    from trona.settings import read_settings

    settings = read_settings(model)
    problem = Problem(model, settings.solver, settings.controls)
    numbers = np.random.default_rng(7)
    for part in problem.unknowns.states[0].subfunctions:
        part.dat.data[...] = numbers.uniform(-0.1, 0.1, part.dat.data.shape)
    rows = fd.assemble(problem.residual).subfunctions
    return {c.label: np.array(rows[c.index].dat.data_ro) for c in problem.unknowns.components}


def _parallel(example: Example) -> None:
    alone = _solve(example.run)
    with tempfile.TemporaryDirectory(prefix="trona-kit-") as folder:
        run = ["-m", "trona.cli", "run", str(example.path), *example.observed()]
        _mpiexec([*run, "--quiet", "-o", str(Path(folder) / "run")])
        summary = json.loads((Path(folder) / "run" / "summary.json").read_text(encoding="utf-8"))
    fail(_differences(alone, summary))


def _mpiexec(words: list[str]) -> None:
    mpiexec = shutil.which("mpiexec")
    if mpiexec is None:
        raise NotApplicable("mpiexec is not installed")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [mpiexec, "-n", str(RANKS), sys.executable, *words],
            env=unranked(),
            text=True,
            timeout=TIMEOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    if (trial := run("-c", "pass")).returncode:
        raise NotApplicable(f"mpiexec cannot start {RANKS} processes here: {' '.join(trial.stdout.split())[:300]}")
    try:
        done = run(*words)
    except subprocess.TimeoutExpired:
        raise Failed(f"{RANKS} ranks did not finish within {TIMEOUT} s") from None
    if done.returncode:
        raise Failed(f"{RANKS} ranks fail where one does not:\n{done.stdout[-3000:]}")


def _differences(alone: Result, summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield the outputs and ledger entries that differ between one rank and several."""
    largest: dict[str, float] = {}
    for output in alone.outputs.values():
        largest[output.unit] = max(largest.get(output.unit, 0.0), abs(output.value))
    for name, output in alone.outputs.items():
        other = summary["outputs"][name]["value"]
        if not abs(other - output.value) <= SAME * abs(output.value) + NOISE * largest[output.unit]:
            yield f"{name} is {output.value!r} {output.unit} on one rank and {other!r} on {RANKS}"
    for name, ledger in alone.ledger.items():
        found = {(e["term"], e["plugin"], e["region"]): 0.0 for e in summary["ledger"][name]["entries"]}
        for e in summary["ledger"][name]["entries"]:
            found[e["term"], e["plugin"], e["region"]] += e["value"]
        for entry in ledger.entries:
            key = entry.term, entry.plugin, entry.region
            found[key] = found.get(key, 0.0) - entry.value
        # Components of a vector are compared relative to its largest one.
        whole = [v for n, v in alone.ledger.items() if n.partition("[")[0] == name.partition("[")[0]]
        size = max((abs(e.value) for v in whole for e in v.entries), default=0.0)
        for key, change in found.items():
            if not abs(change) <= SAME * size + ledger.noise:
                where = " ".join(key)
                yield f"the ledger of {name} differs by {change / size:.1e} of its largest term between ranks: {where}"
