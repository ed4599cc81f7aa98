"""`trona materials`: the list, one, several, one property of all, conditions, and what is wrong with a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_commands import trona

from trona.cli import main
from trona.model import registry

MINE = """
name: mine
text: of my own
properties:
  densty: 5 kg/m^3
  density: {value: 5 kg/m^3, source: me}
  ionic_conductivity: {value: 5 S, source: me}
  poisson_ratio: {value: 0.3, assumption: true}
  specific_heat_capacity:
    expression: "1200 J/kg/K + 2 J/kg/K^2 * (temperature - 300 K)"
    source: me
    valid: {temperature: [280 K, ~]}
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a material and a deck."""
    (tmp_path / "mine.yaml").write_text(MINE)
    (tmp_path / "deck.yaml").write_text("mesh: {layers: [{a: 1 um}]}\nphysics: {}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines that the command prints."""
    assert main(["materials", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["materials", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.rstrip("\n")


def test_the_list(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys)
    assert lines[0].split() == ["material", "properties", "assumed", "from", "what"]
    rows = {line.split()[0]: line.split(maxsplit=3) for line in lines[2:]}
    assert list(rows) == sorted(rows)
    assert rows["mine"] == ["mine", "5", "1", "mine.yaml    of my own"]
    assert "deck" not in rows
    origin = registry().origin("heat")
    assert rows["napf6_diglyme"][3] == f"{origin}  1 M NaPF6 in diglyme near room temperature; mostly assumed"


def test_one_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "na3p")
    assert lines[0] == "na3p: sodium phosphide, a well conducting phase of artificial interphases on sodium"
    assert lines[1].endswith(f"materials/na3p.yaml [{registry().origin('heat')}]")
    assert lines[3].split() == ["property", "value", "uncertainty", "valid", "source"]
    table = [" | ".join(part.strip() for part in line.split("  ") if part.strip()) for line in lines]
    assert (
        "ionic_conductivity | arrhenius(value = 0.012 S/m, activation_energy = 11 kJ/mol) | factor 2 | "
        "temperature 273.15 K to 333.15 K | Oh et al., RSC Appl. Interfaces 2026, 10.1039/d5lf00305a: "
        "0.12 mS/cm, 11 kJ/mol"
    ) in table
    assert "poisson_ratio | 0.25 | 0.05 | ASSUMED: our assumption" in table
    assert ("  youngs_modulus: quoted as the modulus of a layer; the uncertainty is our estimate") in lines[
        lines.index("notes:") :
    ]
    assert "to check:" not in lines


def test_what_to_check_in_a_file(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "mine")
    assert lines[lines.index("to check:") + 1 :] == [
        "  densty: no source",
        "  densty: not one of the common names; nearest: density",
        "  density: 5 kg/m^3 is not plausible; the usual range is 100 to 20000 kg/m^3",
        "  ionic_conductivity: expected a quantity in S/m, got '5 S'",
        "  poisson_ratio: an assumption without a reason",
    ]


def test_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "sodium", "lithium", "uniform_sei")
    rows = {line.split()[0]: line.split("  ") for line in lines[2:]}
    cells = {name: [cell.strip() for cell in row if cell.strip()][1:] for name, row in rows.items()}
    assert lines[0].split() == ["property", "sodium", "lithium", "uniform_sei"]
    assert cells["density"] == ["968 kg/m^3", "534 kg/m^3", "2000 kg/m^3 (assumed)"]
    assert cells["partial_molar_volume"] == ["-", "-", "2.7e-6 m^3/mol (assumed)"]
    assert len(cells) == len(lines) - 2


def test_one_property_of_all(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "--property", "poisson_ratio")
    assert lines[0] == "poisson_ratio [1]: Poisson's ratio"
    rows = [line.split()[:2] for line in lines[4:]]
    assert ["mine", "0.3"] in rows and ["sodium", "0.34"] in rows
    assert "napf6_carbonate" not in [row[0] for row in rows]
    assert len(told(capsys, "sodium", "lithium", "--property", "poisson_ratio")) == 4 + 2


def test_values_at_conditions(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def cell(*arguments: str) -> str:
        return re.split(r"\s{2,}", told(capsys, *arguments)[4])[1]

    heat = ("mine", "--property", "specific_heat_capacity")
    assert cell(*heat) == "1200 J/kg/K + 2 J/kg/K^2 * (temperature - 300 K)"
    assert cell(*heat, "--at", "temperature=310K") == "1220 J/kg/K"
    assert cell(*heat, "--at", "temperature=270K") == "1140 J/kg/K (out of range: temperature)"
    assert cell(*heat, "--at", "salt_concentration=1 mol/l").endswith("(temperature - 300 K), needs temperature")
    kappa = ("napf6_carbonate", "--property", "ionic_conductivity")
    assert cell(*kappa) == "table of salt_concentration"
    assert cell(*kappa, "--at", "salt_concentration=750 mol/m^3", "--at", "temperature=25degC") == "0.8015 S/m"
    assert cell("sodium", "--property", "density", "--at", "temperature=60degC") == "968 kg/m^3"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    one = json.loads("\n".join(told(capsys, "sodium", "--json")))
    assert one["properties"]["density"] == {
        "value": "968 kg/m^3",
        "source": "CRC Handbook of Chemistry and Physics, 97th ed., section 4",
        "uncertainty": "1 %",
        "valid": {"temperature": ["250 K", "370.9 K"]},
        "at": {},
        "assumption": False,
        "text": "",
        "varies": False,
    }
    several = json.loads("\n".join(told(capsys, "--json")))
    names = [m["name"] for m in several]
    assert names == sorted(names) and {"alumina_ald", "beta_alumina"} < set(names)


def test_mistakes(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "sodim") == "trona materials: no material 'sodim'; nearest: sodium"
    assert refused(capsys, "--property", "densit") == "trona materials: no material has 'densit'; nearest: density"
    assert refused(capsys, "sodium", "--at", "temperatur=3 K") == (
        "trona materials --at: no field 'temperatur'; nearest: temperature"
    )
    assert refused(capsys, "sodium", "--at", "temperature=3") == (
        "trona materials --at: temperature: expected a quantity in K, got the bare number '3'"
    )
    assert refused(capsys, "sodium", "--at", "temperature") == (
        "trona materials --at: expected FIELD=VALUE, got 'temperature'"
    )
    assert refused(capsys, "--at", "temperature=3 K") == (
        "trona materials: --at needs the name of a material, or --property"
    )
    (mine / "materials").mkdir()
    (mine / "materials" / "torn.yaml").write_text("properties: [")
    assert refused(capsys).startswith("materials/torn.yaml:1:14: not valid YAML: ")


def test_it_loads_no_firedrake() -> None:
    before = "import atexit; atexit.register(lambda: print([m for m in sys.modules if m in ('firedrake', 'petsc4py')]))"
    done = trona("materials", "sodium", "lithium", before=before)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
