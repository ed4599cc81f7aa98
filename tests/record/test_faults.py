"""An I/O error, a full disk or a loss of power at each call of a run that changes the disk, in turn."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from disks import Machine, PowerLossError
from steps import accepted

from trona.errors import UserError
from trona.readings.ledgers import AuditStep, BalanceLedger, LedgerEntry
from trona.readings.snapshot import BlockData, FieldData, LineData, OutputValue, Snapshot
from trona.record import Checkpoints, Record, RecordOptions, RunMetadata, open_directory, read_newest, reopen_directory
from trona.record.terminal import SilentReporter

STEPS, EVERY = 4, 2  # and a checkpoint every so many
HOW = ("error", "lost", "mixed", *(pytest.param(how, marks=pytest.mark.slow) for how in ("full", "named")))


class Run:
    """A run without a solver: what it writes follows from the number of the step alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.safe = 0
        """The step of the last checkpoint that has been written."""

    def go(self, restart: bool = False) -> None:
        earlier = read_newest(self.path) if restart else None
        if earlier is None:
            directory = open_directory(self.path, "cell")
        else:
            beside = [f"checkpoints/{p.name}" for p in earlier[0].parent.glob("*.npz")]
            directory = reopen_directory(self.path, [*earlier[1]["record"]["files"], *beside])
        try:
            metadata = RunMetadata("cell", {"a": 1}, {"trona": "1"}, 1, ["@misc{a}"], datetime.now(UTC))
            record = Record(directory, metadata, SilentReporter(), RecordOptions())
            checkpoints = Checkpoints(directory, 2)
            first = 1
            if earlier is not None:
                assert earlier[2] == []  # no checkpoint is damaged
                first = earlier[1]["step"] + 1
                checkpoints.restored(first - 1)
                record.restore(earlier[1]["record"], outputs(first - 1), snapshot(first - 1))
            for step in range(first, STEPS + 1):
                self._step(step, record)
                if step % EVERY == 0 or step == STEPS:
                    checkpoints.write(step, {"step": step, "record": record.state()})
                    self.safe = step
            record.finish(outputs(STEPS), [ledger(STEPS)], "finished")
        finally:
            directory.close()

    def _step(self, step: int, record: Record) -> None:
        lines = {}
        if step == EVERY:
            s = np.linspace(0, 1, 3)
            lines["front"] = LineData(step, step, s, s[:, None], {"h": FieldData(s * step, "m")})
        audit = AuditStep(step, step, 1.0, (ledger(step),))
        record.step(accepted(step, step, outputs=outputs(step), snapshot=snapshot(step), lines=lines, audit=audit))


def outputs(step: int) -> list[OutputValue]:
    return [OutputValue("theta", 1.0 / step, "1", "ratio")]


def snapshot(step: int) -> Snapshot:
    points = np.array([[0.0], [1.0]])
    block = BlockData(points, np.array([[0, 1]]), "line", {"T": FieldData(points[:, 0] * step, "K")})
    return Snapshot(step, step, {"film": block})


def ledger(step: int) -> BalanceLedger:
    return BalanceLedger("energy", "J", (LedgerEntry("source", "heat", "film", 1.0 / step),))


def content(folder: Path) -> dict[str, bytes]:
    """All files of a run but those that hold the time of day, and of the checkpoints the last."""
    every = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    own = {"log.txt", "summary.json", ".trona-lock", ".trona-manifest"}
    assert own <= every.keys()
    newest = max(name for name in every if name.endswith(".npz"))
    found = {n: p.read_bytes() for n, p in every.items() if n not in own and p.suffix != ".npz"}
    return {**found, newest: b""}


def refuse_half_written(folder: Path) -> None:
    """Whatever is listed in an index is whole, and every checkpoint can be read."""
    for index in folder.glob("*.pvd"):
        text = index.read_text(encoding="utf-8")
        assert text.endswith("</VTKFile>\n")
        for name in re.findall('file="(.*?)"', text):
            assert (folder / name).read_bytes().rstrip().endswith(b"</VTKFile>"), name
    with suppress(UserError):
        assert read_newest(folder)[2] == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], list[str]]:
    """What a run leaves that nothing disturbs, and its calls."""
    root = tmp_path_factory.mktemp("whole")
    machine = Machine(root)
    with machine.running():
        Run(root / "runs/cell").go()
    return content(root / "runs/cell"), machine.calls


def go_on(run: Run, whole: dict[str, bytes], what: str) -> None:
    """Continue a run that was disturbed, or begin it again without a checkpoint; it ends as if nothing had been."""
    refuse_half_written(run.path)
    try:
        step = read_newest(run.path)[1]["step"]
    except UserError:
        step = 0
    assert step >= run.safe, what
    with Machine(run.path.parents[1]).running():
        Run(run.path).go(restart=step > 0)
    assert content(run.path) == whole, what


@pytest.mark.parametrize("how", HOW)
def test_every_call_fails_in_turn(how: str, whole: tuple[dict[str, bytes], list[str]], tmp_path: Path) -> None:
    for at, call in enumerate(whole[1], start=1):
        root = tmp_path / "disk"
        root.mkdir()
        machine, run = Machine(root, how, at), Run(root / "runs/cell")
        what = f"{how} at {at}: {call}"
        with machine.running():
            try:
                run.go()
            except (UserError, PowerLossError) as error:
                ended = str(error)
            else:
                ended = "not at all"
        assert machine.calls[:at] == whole[1][:at]
        if how in ("error", "full"):
            # Only what cannot be written to the log, or the lock file, does no harm.
            assert "cannot write there" in ended or "log" in call or call.startswith("write"), f"{what}: {ended}"
        else:
            assert ended == "", what
            machine.restore(seed=at)
        go_on(run, whole[0], what)
        shutil.rmtree(root)


@pytest.mark.parametrize("how", ["error", "mixed"])
def test_every_call_of_a_restart_fails_in_turn(
    how: str, whole: tuple[dict[str, bytes], list[str]], tmp_path: Path
) -> None:
    """A run that was cut off in step 4 goes on from step 2, and is disturbed while it takes back what came after."""
    cut = next(i for i, call in enumerate(whole[1]) if "checkpoints/.000004" in call)
    machine, run = Machine(tmp_path, "named", cut + 1), Run(tmp_path / "runs/cell")
    with machine.running(), suppress(PowerLossError):
        run.go()
    machine.restore(seed=0)
    shutil.copytree(tmp_path / "runs", tmp_path / "cut")
    counted = Machine(tmp_path / "runs")
    with counted.running():
        Run(run.path).go(restart=True)
    assert content(run.path) == whole[0]
    until = next(i for i, call in enumerate(counted.calls) if "create fields/.film-000003" in call)
    for at in range(1, until + 2):
        shutil.rmtree(tmp_path / "runs")
        shutil.copytree(tmp_path / "cut", tmp_path / "runs")
        machine, again = Machine(tmp_path / "runs", how, at), Run(run.path)
        with machine.running(), suppress(PowerLossError, UserError):
            again.go(restart=True)
        if how != "error":
            machine.restore(seed=at)
        again.safe = max(again.safe, 2)
        go_on(again, whole[0], f"{how} at {at}: {counted.calls[at - 1]}")


def test_a_file_is_written_after_all(tmp_path: Path) -> None:
    """A run whose write fails still writes its summary: what was noted by half must not spoil the next name."""
    for at in range(1, 40):
        folder = tmp_path / f"{at}/cell"
        folder.parent.mkdir()
        directory = open_directory(folder, "cell")
        machine = Machine(folder, "error", at)
        with machine.running():
            try:
                directory.write_text("outputs.csv", "t")
            except UserError:
                directory.write_text("summary.json", "{}")
        directory.close()
        if len(machine.calls) < at:
            return
        open_directory(folder, "cell").close()
        assert not [p.name for p in folder.iterdir() if not p.name.startswith(".")], at
    raise AssertionError("a write takes fewer calls than that")
