"""Faults of plugins: named with their file and line, at the deck's place, and no other plugin pays for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from terms import composed

from trona.errors import PluginError
from trona.model import Model

HERE = str(Path(__file__))


def line_of(text: str) -> int:
    return 1 + next(i for i, line in enumerate(Path(HERE).read_text().splitlines()) if line.endswith(text))


def faulty(self: Any, model: Model) -> None:
    helper({})


def helper(known: dict[str, int]) -> int:
    return known["missing"]  # the fault


def test_an_exception_names_plugin_file_line_and_place() -> None:
    with pytest.raises(PluginError) as caught:
        composed(faulty)
    assert str(caught.value) == (
        "<deck>:1:1 physics.asking: asking (other 1.0) fails with KeyError: 'missing' "
        f"({HERE}:{line_of('# the fault')}), which is a fault of the plugin"
    )
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.exit_code == 1


def test_a_fault_inside_a_library_is_told_where_the_plugin_calls_it() -> None:
    def multiply(self: Any, model: Model) -> None:
        _ = model.position * model.position * "a"  # in the library

    with pytest.raises(PluginError) as caught:
        composed(multiply, mesh={"width": "1 m"})
    assert f"({HERE}:{line_of('# in the library')})" in str(caught.value)


PACKAGE = {
    "no module": ("import nowhere_at_all\n", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    "no Python": ("def (\n", "SyntaxError: "),
    "unknown hook": (
        "from trona.plugin import hookimpl\n@hookimpl\ndef trona_phisics():\n    return []\n",
        "unknown hook 'trona_phisics'",
    ),
    "hook that fails": (
        "from trona.plugin import hookimpl\n@hookimpl\ndef trona_physics():\n    return 1 / 0\n",
        "ZeroDivisionError: division by zero",
    ),
    "no list": ("from trona.plugin import hookimpl\n@hookimpl\ndef trona_physics():\n    return 3\n", "TypeError: "),
    "no physics": (
        "from trona.plugin import hookimpl\n@hookimpl\ndef trona_physics():\n    return [int]\n",
        "trona_physics offers int, which is not a subclass of Physics with a name",
    ),
    "no folder": (
        "from trona.plugin import hookimpl\n@hookimpl\ndef trona_data():\n    return None\n",
        "trona_data returns None, which is not a folder",
    ),
    "exit": ("raise SystemExit(3)\n", "SystemExit: 3"),
    "another version": (
        "from trona.plugin import hookimpl\n@hookimpl\ndef trona_api():\n    return '2.0'\n",
        "it is written for version 2.0 of trona.plugin, but this is 1.",
    ),
}


def package(folder: Path, name: str, text: str) -> None:
    """Install a package of one module, by hand."""
    (folder / f"{name}.py").write_text(text)
    info = folder / f"{name}-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text(f"[trona]\n{name} = {name}\n")


def trona(*words: str, path: Path) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([str(path), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "trona.cli", *words],
        env={**os.environ, "PYTHONPATH": search},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        cwd=path,
    )


DECK = """\
mesh: {layers: [{a: 1 m}], cells: 2}
materials: {a: {thermal_conductivity: 1 W/m/K}}
physics:
  heat: {blocks: a}
boundaries: {bottom: {temperature: 300 K}}
"""


def test_broken_packages_are_named_and_left_out(tmp_path: Path) -> None:
    """All in one go, for each costs a process: nothing else suffers, and each is told with its cause."""
    for i, (text, _) in enumerate(PACKAGE.values()):
        package(tmp_path, f"broken{i}", text)
    (tmp_path / "deck.yaml").write_text(DECK)
    done = trona("check", "deck.yaml", path=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().endswith("\nok")
    for i, (kind, (_, cause)) in enumerate(PACKAGE.items()):
        told = [line for line in done.stdout.splitlines() if f"broken{i} 1.5" in line]
        assert len(told) == 1, (kind, done.stdout)
        assert told[0].startswith(f"warning: the plugin package broken{i} 1.5 cannot be loaded and is left out: ")
        assert cause in told[0], kind
        assert "Traceback" not in done.stdout
    assert f"({tmp_path / 'broken3.py'}:4)" in done.stdout


def test_what_a_broken_package_may_have_offered_is_told(tmp_path: Path) -> None:
    package(tmp_path, "salty", "import nowhere_at_all\n")
    (tmp_path / "deck.yaml").write_text(DECK.replace("heat:", "salty_heat:"))
    done = trona("check", "deck.yaml", path=tmp_path)
    assert done.returncode == 2
    assert "deck.yaml:4:3 physics.salty_heat: no such plugin" in done.stdout
    assert "the plugin package salty 1.5 cannot be loaded and is left out" in done.stdout
    listed = trona("plugins", path=tmp_path)
    assert listed.returncode == 0
    assert "the plugin package salty 1.5 cannot be loaded and is left out" in listed.stdout


def test_the_trace_goes_to_a_file(tmp_path: Path) -> None:
    text = (
        "from trona.plugin import Physics, hookimpl\n"
        "class Faulty(Physics):\n    '''Faulty.'''\n    name = 'faulty'\n"
        "    def contribute(self, model):\n        return model.nothing_of_this_name\n"
        "@hookimpl\ndef trona_physics():\n    return [Faulty]\n"
    )
    package(tmp_path, "trona_faulty", text)
    (tmp_path / "deck.yaml").write_text(DECK.replace("boundaries", "  faulty: {}\nboundaries"))
    done = trona("check", "deck.yaml", path=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "deck.yaml:5:11 physics.faulty: faulty (trona_faulty 1.5) fails with AttributeError: 'Contribution' object "
        f"has no attribute 'nothing_of_this_name' ({tmp_path / 'trona_faulty.py'}:6), which is a fault of the plugin\n"
        "its traceback is in "
    )
    assert "Traceback" not in done.stdout
    trace = Path(done.stdout.rsplit("is in ", 1)[1].strip().split(";")[0])
    assert "Traceback" in trace.read_text()
    trace.unlink()
