"""Checkpoints that somebody has altered: each is refused with its place, or taken up; none ends in a traceback."""

from __future__ import annotations

import copy
import math
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_run import DECK

from trona.cli import main
from trona.deck.layout import MisfitError
from trona.deck.printable import harmful
from trona.errors import SolveError, UserError
from trona.record import read_newest
from trona.record.checkpoint import decode, encode
from trona.record.terminal import SilentReporter
from trona.session.kept import Kept
from trona.session.restart import Earlier, load_earlier, refuse
from trona.session.run import run

RICH = (
    DECK.replace("time: {end: 6 us, step: 1 us}\n", "time: {end: 10 us, step: 1 us}\n")
    + """\
protocol:
  controls: {warm: 300 K}
  integrals: {passed: temperature_max}
  steps:
    - {name: heat, set: {warm: 301 K}, until: {time: 3 us}}
    - {name: rest, until: {time: 3 us}}
outputs:
  extra:
    along: {line: temperature, from: [0.1 um], to: [0.9 um], points: 3}
"""
).replace("top: {temperature: 25 degC}", "top: {temperature: warm}")
MUTANTS = 120


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a deck that has a protocol and a line, and in `whole` its run."""
    folder = tmp_path_factory.mktemp("altered")
    (folder / "deck.yaml").write_text(RICH, encoding="utf-8")
    assert main(["run", str(folder / "deck.yaml"), "-q", "-o", str(folder / "whole")]) == 0
    return folder


@pytest.fixture(scope="module")
def tree(place: Path) -> dict[str, Any]:
    """What is in the checkpoint before the last, with a mesh as after a remeshing."""
    from trona.deck import read_deck
    from trona.model import compose

    found = decode((place / "whole/checkpoints/000005.npz").read_bytes())
    assert found["stepper"]["programme"] and found["record"]["lines"] and found["record"]["protocol"]["steps"]
    found["mesh"] = compose(read_deck(place / "deck.yaml")).mesh.plain()
    return found


# ---------------------------------------------------------------- alterations

STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    3,
    2**70,
    -1e300,
    math.nan,
    math.inf,
    "",
    "x",
    "../../x",
    "/etc/passwd",
    "\x1b[2J",
    [],
    [1],
    {},
    {"a": 1},
    np.zeros(0),
    np.array([1.5, -2.0]),
    np.array([2**62]),
    np.array(["a"]),
    np.array(math.nan),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


def altered(tree: dict[str, Any], seed: int) -> tuple[dict[str, Any], str]:
    """A copy with one alteration: a value exchanged, a part taken away, added or twice, an array cut or changed."""
    pick = random.Random(seed)
    found = copy.deepcopy(tree)
    path = pick.choice([p for p in places(found) if p])
    holder = found
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    kind = pick.choice(("exchange", "exchange", "remove", "more", "array"))
    if kind == "array" and isinstance(old, np.ndarray) and old.size:
        new = pick.choice(
            (
                lambda a: a[:-1] if a.ndim else a,
                lambda a: np.full_like(a, pick.choice((0, -1, 7, 2**40))),
                lambda a: a.reshape(-1)[:, None],
                lambda a: a.astype(complex),
                lambda a: np.repeat(a.reshape(-1), 2),
                lambda a: -a if a.dtype.kind in "fi" else a,
                lambda a: a.astype(float) * math.nan,
                lambda a: a[..., None],
            )
        )(old)
        holder[path[-1]] = new
    elif kind == "remove":
        del holder[path[-1]]
    elif kind == "more" and isinstance(old, list):
        old.append(pick.choice([*old, *STRANGE]))
    elif kind == "more" and isinstance(old, dict):
        old[pick.choice(("x", "../x", "\x1b[1m", ""))] = pick.choice([*old.values(), *STRANGE])
    else:
        holder[path[-1]] = pick.choice(STRANGE)
    return found, f"seed {seed}: {kind} {path}"


class Session:
    """A run of the deck that can be put back to a checkpoint again and again."""

    def __init__(self, deck: Path) -> None:
        from firedrake import COMM_WORLD

        from trona.deck import read_deck
        from trona.model import compose
        from trona.settings import read_settings

        self.comm, self.deck = COMM_WORLD, deck
        self.model = compose(read_deck(deck))
        self.settings = read_settings(self.model)
        self._kept = Kept()

    def restart(self, folder: Path) -> None:
        """All that `trona run --restart` does, with one step to the end; the checkpoint's mesh is not set up."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Earlier, "mesh", lambda *_: None)
            run(self.model, reporter=SilentReporter(), restart=folder, kept=self._kept)


@pytest.fixture(scope="module")
def session(place: Path) -> Session:
    return Session(place / "deck.yaml")


def put(tree: dict[str, Any], place: Path) -> Path:
    """A copy of the run, with only this checkpoint."""
    folder = place / "altered"
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(place / "whole", folder)
    for file in (folder / "checkpoints").iterdir():
        file.unlink()
    (folder / "checkpoints/000005.npz").write_bytes(encode(tree))
    return folder


def try_all(seeds: range, tree: dict[str, Any], session: Session, place: Path) -> tuple[int, int]:
    """Return how many were refused by their layout, and how many later."""
    early = late = solved = 0
    for seed in seeds:
        found, what = altered(tree, seed)
        folder = put(found, place)
        before = {p for p in place.rglob("*") if folder not in p.parents}
        try:
            session.restart(folder)
        except UserError as error:
            assert str(folder) in str(error), what
            assert not harmful(str(error)), what
            early += "damaged" in str(error)
            late += "damaged" not in str(error)
        except SolveError:  # a number that might be one
            solved += 1
        except Exception as error:
            raise AssertionError(f"{what}: {error!r}") from error
        assert {p for p in place.rglob("*") if folder not in p.parents} == before, what
    assert solved < 0.1 * len(seeds)
    return early, late


def test_nothing_altered_ends_in_a_traceback(tree: dict[str, Any], session: Session, place: Path) -> None:
    session.restart(put(tree, place))
    early, late = try_all(range(MUTANTS), tree, session, place)
    # Alterations that are always harmless, or never, would test nothing.
    assert 0.4 * MUTANTS < early < 0.95 * MUTANTS and late < 0.2 * MUTANTS


@pytest.mark.slow
def test_nothing_altered_ends_in_a_traceback_long(tree: dict[str, Any], session: Session, place: Path) -> None:
    early, late = try_all(range(MUTANTS, 1500), tree, session, place)
    print(f"{1500 - MUTANTS} altered checkpoints: {early} refused when read, {late} by the deck")


# ---------------------------------------------------------------- single ones


def change(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def act(tree: dict[str, Any]) -> None:
        place: Any = tree
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return act


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (change("stepper", "past", to=["x"]), "stepper.past[0]: expected a finite number above 0, got 'x'"),
        (change("stepper", "number", to=0), "stepper.number: expected a whole number of at least 1, got 0"),
        (change("stepper", "time", to=math.nan), "stepper.time: expected a finite number of at least 0, got nan"),
        (change("stepper", "programme", "start", to=3.0), "stepper.programme.start: does not lie between"),
        (change("audit", "balances", "energy", "entries", to={}), "audit.balances.energy.entries: expected a list"),
        (
            change("record", "fields", "names", "film", to="../../x"),
            "record.fields.names.film: expected the name of a file without its folder, got '../../x'",
        ),
        (
            change("record", "files", to=["../x"]),
            "record.files[0]: expected the name of a file in the folder of the run, got '../x'",
        ),
        (change("record", "line_files", "along", to="/tmp/x"), "record.line_files.along: expected the name of a file"),
        (change("record", "files", to=[".trona-manifest"]), "record.files[0]: expected the name of a file"),
        (change("record", "table", "time", to=np.zeros(2)), "record.table: lengths that differ, 5 of step, 2 of time"),
        (
            change("record", "lines", "along", 0, "fields", "temperature", "values", to=np.array(1.0)),
            "record.lines.along: temperature is one number, not an array",
        ),
        (change("norms", "lengths", to=np.array([2**62, 2**62])), "norms: the lengths do not add up"),
        (change("mesh", "cells", to=np.array([[0, 9], [1, 2]])), "mesh.cells: does not match the other arrays"),
        (change("mesh", "points", to=np.zeros((3, 1))), "mesh: "),
        (lambda tree: tree.pop("record"), "record: is missing"),
        (change("identity", to={"\x1b[2J": 1}), "identity: expected names, got a mapping of 1"),
        (change("identity", to={"a": "\x1b[2J"}), "identity.a: expected text, got '\\x1b[2J'"),
    ],
)
def test_the_place_is_named(act: Callable[[Any], Any], why: str, tree: dict[str, Any]) -> None:
    found = copy.deepcopy(tree)
    act(found)
    with pytest.raises(MisfitError) as error:
        refuse(found)
    assert str(error.value).startswith(why)


def test_the_checkpoint_before_is_taken(
    tree: dict[str, Any], place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with the newest one: here, a state whose content is altered, with a checksum that is right."""
    monkeypatch.chdir(place)
    shutil.copytree("whole", "newest")
    newest = Path("newest/checkpoints/000006.npz")
    found = decode(newest.read_bytes())
    found["stepper"]["past"] = ["x"]
    newest.write_bytes(encode(found))
    assert main(["run", "deck.yaml", "-q", "--restart", "newest"]) == 0
    path, content, warnings = read_newest(Path("newest"))
    assert (path.name, warnings) == ("000006.npz", [])
    assert content["record"]["warnings"] == [
        f"{newest}: this checkpoint is damaged (stepper.past[0]: expected a finite number above 0, got 'x')"
    ]


def test_a_state_of_another_size_is_told(tree: dict[str, Any], session: Session, place: Path) -> None:
    found = copy.deepcopy(tree)
    kept = found["piece"]["values"]
    ((label, values),) = kept.items()
    kept[label] = np.repeat(values, 2, axis=1)
    with pytest.raises(UserError, match=r"000005\.npz: the checkpoint holds \(\d+, 4, 2\) values of temperature"):
        session.restart(put(found, place))
    kept[label] = values
    (cells,) = found["piece"]["cells"].values()
    cells *= 2
    with pytest.raises(UserError, match=r"000005\.npz: the checkpoint does not hold all cells of the mesh$"):
        session.restart(put(found, place))
    found = copy.deepcopy(tree)
    found["state"]["times"].append(0.0)
    with pytest.raises(UserError, match=r"000005\.npz: the checkpoint holds \d+ times, but the deck has \d+$"):
        session.restart(put(found, place))


@pytest.mark.parametrize("name", ["rest", "stored"])
def test_the_round_off_of_other_unknowns_is_told(
    tree: dict[str, Any], session: Session, place: Path, name: str
) -> None:
    found = copy.deepcopy(tree)
    (label,) = found["audit"]["round_off"][name]
    found["audit"]["round_off"][name] = {"x": 1.0}
    with pytest.raises(UserError, match=rf"000005\.npz: audit\.round_off\.{name}: has no '{re.escape(label)}'$"):
        session.restart(put(found, place))


def test_a_checkpoint_from_before_the_deck_began(tree: dict[str, Any], session: Session, place: Path) -> None:
    """What is checked against the deck is refused on all processes, with the file named."""
    found = copy.deepcopy(tree)
    found["stepper"]["programme"]["levels"] = []
    with pytest.raises(UserError, match=r"000005\.npz: the checkpoint has other controls than the deck"):
        session.restart(put(found, place))
    found["stepper"]["time"] = 2.0
    folder = put(found, place)
    with pytest.raises(UserError, match=r"000005\.npz: the run has reached t = 2 s, which is past time\.end"):
        load_earlier(folder, session.model, session.settings.time, session.comm)
