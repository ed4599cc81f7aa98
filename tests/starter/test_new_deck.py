"""`trona new-deck`: what it writes passes `trona check`, says what was chosen, and runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import trona
from trona.cli import main
from trona.deck import read_deck
from trona.errors import UserError
from trona.model import compose
from trona.settings import read_settings
from trona.starter import Choices, Questions, new_deck

ROOT = Path(__file__).parents[2]
MESHES: dict[str, dict[str, Any]] = {
    "line": {"layers": [{"metal": "1 um"}, {"electrolyte": "20 um"}]},
    "layers": {"layers": [{"metal": "1 um"}, {"electrolyte": "4 um"}], "width": "2 um"},
    **{
        name: {"file": str(ROOT / "meshes" / f"{name}.msh"), "length_unit": "um"}
        for name in ("two_layers", "three_layers", "wavy_sei_coarse", "bubble", "cell_3d")
    },
}
SETS = {
    "heat": ("heat",),
    "charge": ("ionic_charge", "heat", "joule_heating", "butler_volmer"),
    "mechanics": ("elasticity", "creep", "thermal_expansion"),
    "salt": ("ionic_charge", "salt", "butler_volmer"),
}
CONDUCTING = {
    "three_layers": "[film, electrolyte]",
    "wavy_sei_coarse": "[sei, electrolyte]",
    "cell_3d": "[sei, electrolyte]",
}


def made(mesh: str, physics: str, folder: Path, *overrides: str) -> Path:
    """Write a new deck and return its path."""
    blocks = CONDUCTING.get(mesh, "[electrolyte]")
    where = [f"physics.{name}.blocks={blocks}" for name in ("ionic_charge", "salt") if name in SETS[physics]]
    path = folder / "new.yaml"
    path.write_text(new_deck(MESHES[mesh], SETS[physics], path, [*where, *overrides]), encoding="utf-8")
    return path


@pytest.mark.parametrize("physics", SETS)
@pytest.mark.parametrize("mesh", MESHES)
def test_a_new_deck_composes(tmp_path: Path, mesh: str, physics: str) -> None:
    path = made(mesh, physics, tmp_path)
    model = compose(read_deck(path))
    read_settings(model)
    assert {each.name for each in model.physics} == set(SETS[physics])
    assert main(["fmt", "--check", str(path)]) == 0


@pytest.mark.parametrize(("mesh", "physics"), [("line", "heat"), ("two_layers", "charge")])
def test_a_new_deck_runs(tmp_path: Path, mesh: str, physics: str) -> None:
    path = made(mesh, physics, tmp_path, "outputs={fields: none}")
    result = trona.run(path, record=False)
    assert result["temperature_max"] == pytest.approx(298.15, abs=1e-6)


def test_it_takes_likely_blocks_and_interfaces(tmp_path: Path) -> None:
    """Ions are not conducted in the metal, and a film does not take part in the reaction if it conducts none."""
    text = new_deck(MESHES["wavy_sei_coarse"], SETS["charge"], tmp_path / "new.yaml")
    assert "blocks: [sei, electrolyte]" in text and "interface: metal | sei" in text
    layers = {"layers": [{"metal": "1 um"}, {"sei": "1 um"}, {"electrolyte": "4 um"}]}
    text = new_deck(layers, SETS["charge"], tmp_path / "new.yaml", ["physics.ionic_charge.blocks=[electrolyte]"])
    assert "interface: sei | electrolyte" in text


def test_it_says_what_it_chose_and_leaves_alone_what_was_given(tmp_path: Path) -> None:
    text = made("layers", "heat", tmp_path, "materials.metal=lithium", "boundaries.top.temperature=300 K").read_text()
    assert (
        text
        == """\
# Written by trona new-deck. What is marked "choose" was taken from an example: put in what you model.

mesh: {layers: [{metal: 1 um}, {electrolyte: 4 um}], width: 2 um}

materials:
  metal: lithium
  electrolyte: napf6_carbonate    # choose; alumina_ald, beta_alumina, na3ps4, na3sbs4, nasicon would do as well

physics:
  heat:
    blocks: [metal, electrolyte]    # choose: blocks that conduct heat

boundaries:
  top: {temperature: 300 K}
  # bottom may have temperature [K], heat_flux [W/m^2]
  # top may have also heat_flux [W/m^2]
  # sides may have temperature [K], heat_flux [W/m^2]

outputs: {plots: [temperature]}
"""
    )


@pytest.mark.parametrize(
    ("physics", "overrides", "message"),
    [
        (("haet",), (), "nearest: heat"),
        (("joule_heating",), (), "requires the balance 'energy', which nothing here provides; provided by heat"),
        (("heat",), ("physics.heat.blocks=[glass]",), "no such block 'glass'"),
        (("heat",), ("bondaries.top.temperature=300 K",), "nearest: boundaries"),
        (("heat",), ("materials.metal=sodum",), "nearest: sodium"),
        (("heat",), ("physics.heat=5",), "expected a mapping"),
        (("heat",), ("physics=5",), "expected a mapping"),
        (("heat",), ("materials=5",), "expected a mapping"),
        (("heat",), ("boundaries=[a]",), "expected a mapping"),
        (("heat",), ("boundaries.top=5",), "expected a mapping"),
        (("heat",), ("mesh=5",), "expected a mapping"),
        (("heat",), ("time.end=1 s",), "time needs the option 'step'"),
    ],
)
def test_what_cannot_be_completed_is_refused(
    tmp_path: Path, physics: tuple[str, ...], overrides: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        new_deck(MESHES["layers"], physics, tmp_path / "new.yaml", overrides)
    assert message in str(caught.value)
    assert ":1:1" not in str(caught.value)


def asked(answers: list[str]) -> tuple[Choices, list[str]]:
    """Return a person who gives these answers, and what is said to them."""
    said: list[str] = []
    left: Iterator[str] = iter(answers)

    def ask(question: str) -> str:
        said.append(question)
        return next(left)

    return Questions(ask, said.append), said


def test_a_person_is_asked_until_the_answer_is_known(tmp_path: Path) -> None:
    choices, said = asked(["metal, electrolite", "electrolyte", "napf6_diglym", "napf6_diglyme"])
    text = new_deck(MESHES["layers"], ("ionic_charge",), tmp_path / "new.yaml", (), choices)
    assert "napf6_diglyme" in text and "blocks: [electrolyte]" in text
    assert "  there is no 'electrolite'; nearest: electrolyte" in said
    assert any("napf6_diglym'; nearest: napf6_diglyme" in line for line in said)
    assert re.fullmatch(r"ionic_charge.blocks, .*, separated by commas \[electrolyte\]: ", said[1])


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    layers = ["--layers", "metal: 1 um, electrolyte: 3 um", "--physics", "heat"]
    assert main(["new-deck", "-y", "cell.yaml", *layers, "mesh.cells=2"]) == 0
    assert capsys.readouterr().out.endswith("written to cell.yaml; next: trona check cell.yaml\n")
    assert main(["check", "cell.yaml"]) == 0
    for wrong, message in (
        (["cell.yaml", *layers], "exists already"),
        (["cell", *layers], "ends with .yaml"),
        (["b.yaml", "--physics", "heat"], "--mesh FILE"),
        (["b.yaml", "--layers", "metal"], "expected layers as"),
        (["b.yaml", *layers, "--mesh", "m.msh"], "not both"),
        (["b.yaml", "--mesh", str(ROOT / "meshes" / "bubble.msh"), "--physics", "heat"], "--length-unit"),
        (["b.yaml", "--mesh", "no.msh", "--length-unit", "um", "--physics", "heat"], "no such file"),
        (["b.yaml", *layers[:2]], "give --physics"),
        (["no/b.yaml", *layers], "there is no folder 'no'"),
    ):
        capsys.readouterr()
        assert main(["new-deck", "-y", *wrong]) == 2, wrong
        assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["cell.yaml"]


def test_at_a_terminal_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["foil: 1 um, coat: 2 um", "heat", "", "", ""])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    assert main(["new-deck", str(tmp_path / "a.yaml")]) == 0
    assert main(["check", str(tmp_path / "a.yaml")]) == 0
