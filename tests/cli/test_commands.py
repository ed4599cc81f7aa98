"""What the commands print, and their exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from trona.cli import main
from trona.model import registry
from trona.model.registry import kind_key
from trona.settings.schema import schema

ROOT = Path(__file__).parents[2]
DECK = ROOT / "tests" / "data" / "decks" / "three_layers.yaml"
TUTORIAL = ROOT / "inputs" / "tutorial" / "sodium_sei.yaml"


def trona(*arguments: str | Path, folder: Path | None = None, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own; `before` is Python run ahead of it."""
    code = f"import sys\n{before}\nfrom trona.cli import main\nsys.exit(main())"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    # What this process imports trona from, also in another working directory.
    paths = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)


# ---------------------------------------------------------------------- check


def test_check_says_what_the_deck_amounts_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(TUTORIAL)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-1] == "ok"
    for line in (
        "blocks      metal: sodium",
        "interfaces  metal | sei: temperature may jump",
        "fields      electric_potential [V] on sei+electrolyte (ionic_charge)",
        "            temperature [K] on metal; sei+electrolyte (heat)",
        "balances    charge [A/m^3]: ionic_charge (flux), butler_volmer (exchange), boundaries (inflow)",
        "time        steady",
        "solver      auto",
    ):
        assert line in out.splitlines()


def test_check_takes_overrides_between_and_after_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(DECK), "time.end=5 s", "--debug", "solver.preset=refined"]) == 0
    out = capsys.readouterr().out
    assert "to 5 s in adaptive steps from 1 s, bdf2" in out
    assert "solver      refined" in out


def test_check_warns_of_what_nothing_uses(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["given.temprature=300 K", "materials.film.thermal_conductivty=1 W/m/K"]
    assert main(["check", str(DECK), *given]) == 0
    warnings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: ")]
    assert warnings == [
        "warning: <command line>:1:18 given.temprature: nothing uses this field; nearest: temperature",
        "warning: <command line>:1:36 materials.film.thermal_conductivty: nothing uses this property; "
        "nearest: thermal_conductivity",
    ]


def test_check_reports_mistakes_of_several_sections_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(DECK), "time.end=5 V", "solver.preset=drect", "outputs.every=0"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "<command line>:1:10 time.end: expected a quantity in s, got '5 V'",
        "<command line>:1:15 outputs.every: must be at least 1, got '0'",
        "<command line>:1:15 solver.preset: expected one of auto, multigrid, direct, direct_nested, refined, "
        "iterative, got 'drect'; nearest: direct",
    ]


def test_check_loads_no_firedrake() -> None:
    before = "import atexit; atexit.register(lambda: print([m for m in sys.modules if m in ('firedrake', 'petsc4py')]))"
    done = trona("check", TUTORIAL, before=before)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


# ---------------------------------------------------------------------- plugins


def test_plugins_lists_everything_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    installed = registry()
    assert [line.split()[0] for line in lines] == [
        *installed.physics,
        *installed.forms,
        *installed.reductions,
        *map(kind_key, installed.output_kinds),
    ]
    heat = next(line for line in lines if line.startswith("heat "))
    assert "Energy balance: d(rho c_p (T - T_0))/dt = div(k grad T) + sources." in heat
    assert heat.endswith(f"[{installed.origin('heat')}]")


def test_plugins_describes_one_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "butler_volmer"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"butler_volmer [physics, {registry().origin('butler_volmer')}]"
    assert "requires: balance 'charge', field 'temperature'" in lines
    assert "  i0 (A/m^2, above 0 A/m^2): exchange current density at the reference temperature [required]" in lines
    assert "  alpha_a (number, at least 0): anodic charge transfer coefficient [default: 0.5]" in lines
    assert "references: newman2021electrochemical" in lines


def test_plugins_describes_what_one_provides(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "heat"]) == 0
    out = capsys.readouterr().out
    assert "provides:\n  field temperature [K]: absolute temperature\n  balance energy [W/m^3]: thermal energy\n" in out


def test_plugins_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    known = registry()
    kinds = map(kind_key, known.output_kinds)
    assert set(found) == {*known.physics, *known.forms, *known.reductions, *kinds}
    i0 = next(o for o in found["butler_volmer"]["options"] if o["name"] == "i0")
    assert i0 == {
        "name": "i0",
        "kind": "Quantity",
        "values": "A/m^2, above 0 A/m^2",
        "unit": "A/m^2",
        "required": True,
        "text": "exchange current density at the reference temperature",
        "default": None,
        "bounds": {"above": "0 A/m^2"},
    }
    assert found["arrhenius"]["kind"] == "property form"
    assert main(["plugins", "heat", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found["heat"]


def _every_class() -> list[Any]:
    from trona.settings.sections import SECTIONS

    found = registry()
    return [
        *found.physics.values(),
        *found.forms.values(),
        *found.reductions.values(),
        *found.output_kinds.values(),
        *SECTIONS,
    ]


@pytest.mark.parametrize("cls", _every_class(), ids=lambda cls: cls.__name__)
def test_everything_is_documented(cls: Any) -> None:
    options = cls.declared_options() if hasattr(cls, "declared_options") else cls.options()
    assert [name for name, option in options.items() if len(option.text) < 4] == []
    assert len((cls.__doc__ or "").partition("\n")[0]) > 10
    if hasattr(cls, "provides"):
        assert "Source:" in cls.__doc__
        assert [d.name for d in cls.provides if len(d.text) < 4] == []


# ---------------------------------------------------------------------- explain


@pytest.mark.parametrize(
    ("style", "lines"),
    [
        ("text", ["three_layers: composed equations", "energy [W/m^3]: thermal energy", "material properties"]),
        ("markdown", ["# three_layers: composed equations", "## energy [W/m^3]: thermal energy"]),
        (
            "latex",
            [r"\section*{three\_layers: composed equations}", r"\subsection*{energy [W/m\^{}3]: thermal energy}"],
        ),
    ],
)
def test_explain(style: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(DECK), "--style", style]) == 0
    out = capsys.readouterr().out
    for line in lines:
        assert line in out.splitlines()
    for name in ("thermal_resistance", "butler_volmer"):
        assert name.replace("_", r"\_" if style == "latex" else "_") in out


def test_explain_shows_the_structure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(DECK), "--solver"]) == 0
    said = capsys.readouterr().out
    assert "part 1: " in said
    assert "  -> factors are kept for GMRES" in said
    assert "  by electric_potential (film+electrolyte): " in said


@pytest.mark.parametrize(("suffix", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_explain_draws_the_graph(
    suffix: str, begins: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"graph.{suffix}"
    assert main(["explain", str(DECK), "--graph", str(path)]) == 0
    assert path.read_bytes().startswith(begins)
    assert path.stat().st_size > 5000


# ---------------------------------------------------------------------- schema


def _errors(deck: Any) -> list[str]:
    return [str(error.message) for error in jsonschema.Draft202012Validator(schema()).iter_errors(deck)]


def _plain(path: Path) -> Any:
    from trona.deck import read_deck

    return read_deck(path).resolved()


def test_schema_is_a_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()
    assert main(["schema", "-o", str(tmp_path / "schema.json")]) == 0
    assert json.loads((tmp_path / "schema.json").read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("deck", [TUTORIAL, DECK], ids=["tutorial", "every section"])
def test_schema_takes_good_decks(deck: Path) -> None:
    assert _errors(_plain(deck)) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("mesh.length_unit", "inch"),
        ("mesh.fiel", "x.msh"),
        ("physics.hat", {}),
        ("physics.heat.block", ["metal"]),
        ("physics.butler_volmer.i0", 20),
        ("physics.butler_volmer.alpha_a", -1),
        ("physics.thermal_resistance", {}),
        ("boundaries.top.temprature", "1 K"),
        ("boundaries.bottom.robin.temperature.refrence", "1 K"),
        ("boundaries.sides.inflow.enrgy", "1 W/m^2"),
        ("time.ends", "1 s"),
        ("time.end", 5),
        ("solver.preset", "fast"),
        ("elements.order", 9),
        ("elements.temperature", "two"),
        ("outputs.every", 0),
        ("outputs.extra.probe_1.at", "here"),
        ("outputs.extra.mean_1.reduce", "median"),
        ("materials.metal", 5),
        ("sections", {}),
    ],
)
def test_schema_refuses_bad_decks(place: str, value: Any) -> None:
    deck = _plain(DECK)
    *parents, last = place.split(".")
    at = deck
    for parent in parents:
        at = at[parent]
    at[last] = value
    assert _errors(deck) != []


# ---------------------------------------------------------------------- exit codes


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"trona {version('trona')}\n"
    assert main(["-h"]) == 0
    out = capsys.readouterr().out
    for command in ("run", "check", "explain", "plugins", "schema"):
        assert f"    {command} " in out
        assert main([command, "-h"]) == 0
    assert "key=value" in capsys.readouterr().out


def test_exit_codes_of_the_process(tmp_path: Path) -> None:
    fine = trona("plugins", "heat")
    assert (fine.returncode, fine.stderr) == (0, "")
    wrong = trona("check", "missing.yaml", folder=tmp_path)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (2, "", "no such file: 'missing.yaml'\n")


def test_a_bug_is_told_in_two_lines_and_its_traceback_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("of course")

    monkeypatch.setattr("trona.model.read_mesh.read_mesh", broken)
    assert main(["check", str(DECK)]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == "trona: a bug in trona or in a plugin: ZeroDivisionError: of course"
    path = Path(second.removeprefix("its traceback is in ").removesuffix("; please report it"))
    assert "in broken" in path.read_text(encoding="utf-8")
    path.unlink()
    assert main(["check", str(DECK), "--debug"]) == 1
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    Path(err.splitlines()[-1].split()[4].rstrip(";")).unlink()


def test_debug_shows_where_a_mistake_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(DECK), "time.end=5", "--debug"]) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1] == "<command line>:1:10 time.end: expected a quantity in s, got the bare number '5'"


def test_control_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trona.model.read_mesh.read_mesh", interrupted)
    assert main(["check", str(DECK)]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "import sys\nfrom trona.cli import main\nsys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141


def test_a_wrong_deck_leaves_no_run_directory(folder: Path, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Also a mistake in the solver's section, which is used last, is told before anything is written."""
    (folder / "deck.yaml").write_text(base.replace("preset: direct", "preset: drect"), encoding="utf-8")
    assert main(["run", "deck.yaml", "-o", "results"]) == 2
    assert capsys.readouterr().err.startswith("deck.yaml:41:11 solver.preset: expected one of auto, multigrid")
    assert not (folder / "results").exists()


# ---------------------------------------------------------------------- import


def test_importing_trona_is_light() -> None:
    code = (
        "import sys, trona; print([m for m in ('numpy', 'ufl', 'yaml', 'pint', 'firedrake', 'trona_plugins') "
        "if m in sys.modules]); print(callable(trona.run), callable(trona.explain), trona.Deck.__name__, "
        "trona.Model.__name__, sorted(set(trona.__all__) - set(dir(trona))), 'firedrake' in sys.modules)"
    )
    paths = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}
    )
    assert done.stdout.splitlines() == ["[]", "True True Deck Model [] False"], done.stderr


def test_the_functions_stay_functions_whatever_is_imported() -> None:
    import trona as package
    import trona.explain.equations
    import trona.session.run

    assert callable(package.run) and callable(package.explain) and callable(package.schema)
    with pytest.raises(AttributeError, match="module 'trona' has no attribute 'Modell'"):
        _ = package.Modell


def test_the_test_deck_uses_every_section() -> None:
    from trona.deck import SECTIONS

    # 'given' would replace a field that the deck solves for; a deck with a 'sweep' is many decks; a 'motion' needs a
    # physics that moves the mesh, and many mutated decks are run.
    unused = {"given", "include", "sweep", "motion"}
    assert set(yaml.safe_load(DECK.read_text(encoding="utf-8"))) == set(SECTIONS) - unused
