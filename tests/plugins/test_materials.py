"""The shipped materials: units, sources, plausible values, and numbers that must agree with each other."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import pytest

from trona.deck import load_yaml, parse_expression, read_deck
from trona.model import compose, registry
from trona.model.materials.library import Conditions, MaterialFile, MissingFieldError, library, property_names, remarks
from trona.model.materials.property_text import ABOUT
from trona.units import Unit

PLUGINS = Path(__file__).parents[2] / "plugins/trona_plugins"
INPUTS = Path(__file__).parents[2] / "inputs"
SHIPPED = {name: m for name, m in library(registry(), PLUGINS / "nowhere").items() if m.origin.startswith("trona ")}
NAMES = property_names(registry())
FIELDS = {"temperature": Unit.parse("K"), "salt_concentration": Unit.parse("mol/m^3")}
ROOM_SALT = "salt_concentration=1000 mol/m^3"
ROOM = Conditions.read(["temperature=25degC", ROOM_SALT], registry(), FIELDS)

MOLAR_MASS = {  # g/mol, from the standard atomic weights
    "sodium": 22.990,
    "lithium": 6.94,
    "naf": 41.988,
    "lif": 25.94,
    "na2o": 61.979,
    "na2co3": 105.988,
    "na3p": 99.943,
    "nabr": 102.894,
}

each = pytest.mark.parametrize("material", SHIPPED.values(), ids=SHIPPED)
ENTRIES = [pytest.param(m, name, id=f"{m.name}-{name}") for m in SHIPPED.values() for name in m.properties]
every = pytest.mark.parametrize(("material", "name"), ENTRIES)


def value(material: str, name: str) -> float:
    """A property in SI at 25 degC and 1 M."""
    return ROOM.value(SHIPPED[material], name, NAMES[name].unit)


def test_all_files_are_there() -> None:
    assert set(SHIPPED) == {path.stem for path in (PLUGINS / "materials").glob("*.yaml")}
    assert {"sodium", "lithium", "uniform_sei", "naf", "napf6_carbonate", "napf6_diglyme", "nasicon"} <= set(SHIPPED)


@each
def test_a_material_has_nothing_to_mend(material: MaterialFile) -> None:
    """Known names, units that fit them, plausible values, and a source or a reason for each."""
    assert remarks(material, registry()) == []
    plain = load_yaml(material.path).plain()
    assert set(plain) == {"name", "text", "properties"}
    assert plain["name"] == material.path.stem
    assert not {"youngs_modulus", "shear_modulus"} <= set(material.properties)


@every
def test_a_property_has_a_value_and_says_where_it_is_from(material: MaterialFile, name: str) -> None:
    node, text = material.properties[name], material.written[name]
    keys = set(node.mapping())
    assert len(keys - {*ABOUT, "of"}) == 1
    assert keys <= {*ABOUT, "value", "expression", "table", "of", *registry().forms}
    assert math.isfinite(ROOM.value(material, name, NAMES[name].unit))
    assert len(text.source) > 10
    # An assumption says so in words too, and nothing else is called one.
    assert text.assumption == ("our assumption" in text.source)


@every
def test_uncertainties_and_ranges_can_be_read(material: MaterialFile, name: str) -> None:
    text = material.written[name]
    if text.uncertainty and not re.fullmatch(r"\d+(\.\d+)? %|factor \d+(\.\d+)?", text.uncertainty):
        assert parse_expression(text.uncertainty, {}, NAMES[name].unit).constant > 0
    for field, ends in text.valid.items():
        low, high = (parse_expression(end, {}, FIELDS[field]).constant for end in ends)
        assert low < high
    for field, at in text.at.items():
        low, high = (parse_expression(end, {}, FIELDS[field]).constant for end in text.valid[field])
        assert low <= parse_expression(at, {}, FIELDS[field]).constant <= high
    assert set(text.at) <= set(FIELDS)


@pytest.mark.parametrize(("name", "mass"), MOLAR_MASS.items())
def test_molar_volume_is_molar_mass_over_density(name: str, mass: float) -> None:
    assert value(name, "molar_volume") == pytest.approx(mass * 1e-3 / value(name, "density"), rel=2e-3)


@pytest.mark.parametrize("name", ["sodium", "lithium"])
def test_creep_at_the_reference_stress(name: str) -> None:
    """The prefactor is chosen so that the rate is 1e-3 1/s at 298 K."""
    activated = math.exp(-value(name, "creep_activation_energy") / (8.314462618 * 298))
    assert value(name, "creep_prefactor") * activated == pytest.approx(1e-3, rel=0.02)
    assert value(name, "creep_reference_stress") == value(name, "yield_strength")


def test_the_interphase_moduli_agree_with_the_shear_moduli_quoted_for_them() -> None:
    """31.4 GPa for NaF and 49.7 GPa for Na2O: Lee et al., Chem. Rev. 2019."""
    for name, shear in (("naf", 31.4e9), ("na2o", 49.7e9)):
        found = value(name, "youngs_modulus") / (2 * (1 + value(name, "poisson_ratio")))
        assert found == pytest.approx(shear, rel=0.01)


def test_diglyme_obeys_the_relation_that_its_diffusivity_is_assumed_from() -> None:
    """Nernst-Einstein: D = 2 t_+ t_- R T kappa / (F^2 c)."""
    kappa, t = value("napf6_diglyme", "ionic_conductivity"), value("napf6_diglyme", "transference_number")
    c = value("napf6_diglyme", "reference_concentration")
    expected = 2 * t * (1 - t) * 8.314462618 * 298.15 * kappa / (96485.33212**2 * c)
    assert value("napf6_diglyme", "salt_diffusivity") == pytest.approx(expected, rel=0.05)


def test_conductivity_of_the_carbonate_by_concentration() -> None:
    for c, kappa in ((150, 0.404), (500, 0.72), (1000, 0.883), (1500, 0.861), (2000, 0.76), (750, 0.8015)):
        at = Conditions.read([f"salt_concentration={c} mol/m^3"], registry(), FIELDS)
        found = at.value(SHIPPED["napf6_carbonate"], "ionic_conductivity", NAMES["ionic_conductivity"].unit)
        assert found == pytest.approx(kappa, rel=1e-9)


def test_diffusivity_in_the_carbonate_falls_with_concentration() -> None:
    for c, D in ((124.1, 3.87e-11), (1013.7, 2.49e-11), (2471.9, 1.76e-11), (876.7, 2.651e-11)):
        at = Conditions.read([f"salt_concentration={c} mol/m^3"], registry(), FIELDS)
        found = at.value(SHIPPED["napf6_carbonate"], "salt_diffusivity", NAMES["salt_diffusivity"].unit)
        assert found == pytest.approx(D, rel=1e-3)


def test_sodium_fluoride_conducts_less_than_lithium_fluoride_by_their_barriers() -> None:
    """0.2 eV more at 298 K, Lee et al., Chem. Rev. 2019; and lithium fluoride in the middle of 1e-7 to 1e-13 S/cm."""
    ratio = value("naf", "ionic_conductivity") / value("lif", "ionic_conductivity")
    assert ratio == pytest.approx(math.exp(-0.2 * 96485.33212 / (8.314462618 * 298)), rel=0.05)
    assert value("lif", "ionic_conductivity") == pytest.approx(math.sqrt(1e-5 * 1e-11), rel=1e-9)


def test_the_electrolytes_of_lee_2019_are_those_printed() -> None:
    """Each row of the table, of a range the whole, lies within the uncertainty of its material."""
    with (INPUTS / "lee2019" / "electrolytes.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    assert len(rows) == 26
    off = {}
    for row in rows:
        unit = f" {row['unit']}"
        ends = [parse_expression(row[end].lstrip("<>") + unit, {}).constant for end in ("low", "high") if row[end]]
        at = Conditions.read([f"temperature={row['temperature'] or '25 degC'}", ROOM_SALT], registry(), FIELDS)
        material, name = SHIPPED[row["material"]], row["property"]
        if name == "shear_modulus" and name not in material.properties:
            young, nu = (at.value(material, n, NAMES[n].unit) for n in ("youngs_modulus", "poisson_ratio"))
            found, written = young / (2 * (1 + nu)), material.written["youngs_modulus"]
        else:
            found, written = at.value(material, name, NAMES[name].unit), material.written[name]
        spread = _factor(written.uncertainty)
        if any(not found / spread <= end <= found * spread for end in ends):
            off[row["electrolyte"], name] = found / ends[-1]
    # Contradictions, said in the texts of the materials: a crystal's law beyond its range, a range over six decades.
    assert off.keys() == {("beta-alumina, hot", "ionic_conductivity"), ("NASICON", "ionic_conductivity")}
    assert off["beta-alumina, hot", "ionic_conductivity"] == pytest.approx(3.6, rel=0.05)
    assert off["NASICON", "ionic_conductivity"] == pytest.approx(0.6, rel=1e-3)


def _factor(uncertainty: str) -> float:
    """Return the factor within which a value is known."""
    number, _, unit = uncertainty.rpartition(" ")
    if number == "factor":
        return float(unit) * 1.001
    return 1 + float(number or 1) / 100


def test_alumina_drops_what_a_cell_with_two_coated_electrodes_shows() -> None:
    """20 mV at 30 A/m2 and 38 mV at 50 A/m2 across two coatings of 3.5 nm, Oh et al. 2026."""
    for voltage, current in ((20e-3, 30.0), (38e-3, 50.0)):
        drop = 2 * 3.5e-9 * current / value("alumina_ald", "ionic_conductivity")
        assert drop == pytest.approx(voltage, rel=0.1)


def test_sources_are_whole() -> None:
    """All authors stand in the bibliography, and the chapters of a book that a physics names."""
    text = (PLUGINS / "references.bib").read_text(encoding="utf-8")
    assert "and others" not in text
    for module in sorted(PLUGINS.glob("*.py")):
        source = module.read_text(encoding="utf-8")
        for chapter in re.findall(r"Newman and Balsara, [^\n]*chapter (\d+)", source):
            assert re.search(rf"note = \{{Chapters[^\n]*\b{chapter} \(", text), f"{module.stem}: chapter {chapter}"


def test_a_value_that_needs_a_field_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("properties: {density: {expression: 3 kg/m^3/K * temperature, source: me}}")
    mine = library(registry(), tmp_path)["mine"]
    with pytest.raises(MissingFieldError, match=r"^temperature$"):
        Conditions(registry()).value(mine, "density", NAMES["density"].unit)
    assert remarks(mine, registry()) == []


def test_physics_ask_for_properties_by_common_names_and_units() -> None:
    asked = set()
    for deck in sorted((PLUGINS / "conformance").glob("*.yaml")):
        model = compose(read_deck(deck))
        for _, name, unit in model.properties:
            assert NAMES[name].unit.same_dimension(Unit.parse(unit)), f"{deck.stem}: {name} in {unit}"
            asked.add(name)
    assert {"ionic_conductivity", "thermal_conductivity", "electronic_conductivity"} <= asked
