"""The folder of a run while it runs: nobody else writes there, and it stays where it is."""

from __future__ import annotations

import importlib
import json
import os
import platform
import shutil
from pathlib import Path

import pytest
from small_run import meanwhile

from trona.cli import main
from trona.record import open_directory, read_newest, reopen_directory


@pytest.mark.parametrize("words", [("-o", "out"), ("--restart", "out")])
def test_a_second_run_is_refused(
    words: tuple[str, str], small_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = meanwhile(monkeypatch, 4, lambda: main(["run", "deck.yaml", "-q", *words]))
    assert main(["run", "deck.yaml", "-q", "-o", "out"]) == 0
    assert codes == [2]
    assert capsys.readouterr().err == (
        f"out: another trona process is writing there (process {os.getpid()} on {platform.node()}); "
        "wait for its end, or choose another -o\n"
    )
    table = (small_run / "out/outputs.csv").read_text(encoding="utf-8")
    assert len(table.splitlines()) == 7


def test_the_folder_is_free_after_a_failure(small_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python too, where the traceback of the error keeps all that it passed through."""
    import trona

    def fail() -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        meanwhile(patch, 2, fail)
        with pytest.raises(ZeroDivisionError) as error:
            trona.run("deck.yaml", directory="out")
    assert error.traceback
    assert trona.run("deck.yaml", directory="out").status == "finished"


@pytest.mark.parametrize("gone", ["moved", "removed"])
def test_a_folder_that_goes_in_mid_run(
    gone: str, small_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def go() -> None:
        shutil.move("runs/cell", "elsewhere") if gone == "moved" else shutil.rmtree("runs/cell")

    with monkeypatch.context() as patch:
        meanwhile(patch, 4, go)
        assert main(["run", "deck.yaml", "-q", "-o", "runs/cell"]) == 2
    assert capsys.readouterr().err == (
        "runs/cell: moved or removed while trona was writing there; nothing more is written\n"
        "the last good checkpoint is that of step 3, t = 3e-06 s; continue with\n"
        "  trona run deck.yaml --restart runs/cell\n"
    )
    assert not list((small_run / "runs").iterdir())
    if gone == "moved":
        assert main(["run", "deck.yaml", "-q", "--restart", "elsewhere"]) == 0
        assert json.loads((small_run / "elsewhere/summary.json").read_text())["newton"]["steps"] == 6


@pytest.mark.parametrize("name", ["outputs.csv", "audit.csv", "fields"])
def test_a_file_that_goes_in_mid_run(
    name: str, small_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its rows would be lost, or what is left listed in an index: an error, not a run that seems to be fine."""
    with monkeypatch.context() as patch:
        meanwhile(patch, 4, lambda: shutil.move(f"out/{name}", "taken"))
        assert main(["run", "deck.yaml", "-q", "-o", "out"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("out: cannot write there (") and "last good checkpoint is that of step 3" in err
    assert not (small_run / "out" / name).exists()


def test_versions_are_looked_up_once(small_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To look at all installed packages takes longer than a small step."""
    module = importlib.import_module("trona.record.versions")
    module._versions.cache_clear()  # of runs before this one

    asked: list[str] = []
    real = module.entry_points
    monkeypatch.setattr(module, "entry_points", lambda group: asked.append(group) or real(group=group))
    assert main(["run", "deck.yaml", "-q", "-o", "out"]) == 0
    assert (
        len(list((small_run / "out/checkpoints").iterdir())) == 2 and read_newest(small_run / "out")[0].stem == "000006"
    )
    assert asked == ["trona"]


def test_nobody_enters_twice(tmp_path: Path) -> None:
    directory = open_directory(tmp_path / "out", "cell")
    for enter in (lambda: open_directory(tmp_path / "out", "cell"), lambda: reopen_directory(tmp_path / "out")):
        with pytest.raises(Exception, match="another trona process is writing there"):
            enter()
    directory.close()
    reopen_directory(tmp_path / "out").close()
