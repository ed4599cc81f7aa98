"""The dimension check: plugins whose units do not fit are refused with the cause, those that fit pass."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import ufl
from work import counted

from trona.deck import Deck
from trona.errors import UserError
from trona.mesh import MeshData
from trona.model import Model, PropertyForm, Registry, compose, registry
from trona.model.checks.dimension_check import wrong_units
from trona.model.read_mesh import read_mesh_section
from trona.model.records import Output
from trona.model.symbols import GeometrySymbol
from trona.model.unknown import symbols_in
from trona.plugin import (
    Balance,
    Blocks,
    Contribution,
    Expression,
    Field,
    Identity,
    ModelView,
    Monitor,
    Physics,
    Quantity,
    Sum,
    as_matrix,
    as_vector,
    balance,
    conditional,
    cos,
    cosh,
    cross,
    det,
    dev,
    div,
    dot,
    exp,
    ge,
    grad,
    gt,
    inner,
    inv,
    le,
    ln,
    lt,
    max_value,
    min_value,
    outer,
    sin,
    sinh,
    skew,
    sqrt,
    sym,
    tan,
    tanh,
    tr,
    transpose,
)
from trona.units import Unit

ROOT = Path(__file__).parents[3]
MATERIAL = {
    "thermal_conductivity": "1 W/m/K",
    "density": "1 kg/m^3",
    "specific_heat_capacity": "1 J/kg/K",
    "stiffness": "1 GPa",
}
PHYSICS = "{heat: {blocks: [film, electrolyte]}, elastic: {blocks: [film, electrolyte]}, asking: {}}"


STRAIN = Sum("strain", "1", "a strain")


class Elastic(Physics):
    """A displacement, as it is known to everybody."""

    name = "elastic"
    provides = (Field("u", "m", "displacement", rank=1), Balance("momentum", "N/m^3", "u", "momentum"))
    blocks = Blocks("where")

    def contribute(self, model: Contribution) -> None:
        strain, E = sym(grad(model.field("u"))), model.property("stiffness", "Pa")
        model.balance("momentum").flux(-E * (strain + tr(strain) * Identity(model.dimension)))


class Asking(Physics):
    """Contributes what its class is told to, with options of many units."""

    name = "asking"
    requires = (balance("energy"), balance("momentum"))
    uses = (STRAIN,)
    feeds = (STRAIN,)
    ask: Any = None

    current = Quantity("A/m^2", "current density", default="1 A/m^2")
    drop = Quantity("V", "voltage", default="1 V")
    length = Quantity("m", "length", default="1 um")
    rate = Quantity("1/s", "rate", default="1 /s")
    energy = Quantity("J/mol", "activation energy", default="1 kJ/mol")
    heat = Quantity("W/m^3", "heat", default="1 W/m^3")
    pressure = Quantity("Pa", "stress", default="1 MPa")
    warm = Quantity("K", "temperature", default="300 K")
    number = Quantity("1", "pure number", default="2")
    ramp = Quantity("W/m^3", "heat", default="1 W/m^3 * t / (1 s)")
    steps = Quantity("W", "heat", default="{table: [[0 s, 0 W], [1 s, 5 W]], of: t}")

    def contribute(self, model: Contribution) -> None:
        type(self).ask(self, model)


class Bent(PropertyForm):
    """A property form that forgets to make the temperature a pure number."""

    name = "bent"
    value = Quantity("1", "the property")
    slope = Quantity("1", "relative slope", default="0.1")

    def evaluate(self, model: ModelView) -> Expression:
        return self.value * (1 + self.slope * model.field("temperature"))


class Flat(PropertyForm):
    """A property form that returns another unit than that of its property."""

    name = "flat"
    value = Quantity("1", "the property")
    thickness = Quantity("m", "thickness", default="1 um")

    def evaluate(self, model: ModelView) -> Expression:
        return self.value / self.thickness


def _read(folder: Path, name: str, unit: str) -> MeshData:
    text = f"mesh: {{file: {name}, length_unit: {unit}}}\nphysics: {{}}\n"
    return read_mesh_section(Deck.from_text(text, folder))[0]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> MeshData:
    """The mesh of three layers, read once."""
    folder = tmp_path_factory.mktemp("mesh")
    shutil.copy(ROOT / "meshes/three_layers.msh", folder)
    return _read(folder, "three_layers.msh", "um")


@pytest.fixture
def composed(mesh: MeshData, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that composes the deck with one contribution of `asking`, or with other physics."""

    def make(
        ask: Any = None, *, physics: str = PHYSICS, plugins: tuple[Any, ...] = (), rest: str = "", mesh: MeshData = mesh
    ) -> Model:
        monkeypatch.setattr(Asking, "ask", ask)
        known = registry()
        own = {cls.name: cls for cls in (Elastic, Asking, *plugins)}
        forms = {**known.forms, "bent": Bent, "flat": Flat}
        plugins_known: Registry = replace(known, physics={**known.physics, **own}, forms=forms)
        text = f"mesh: {{file: none}}\nphysics: {physics}\n{rest}"
        if "materials:" not in rest:
            text += f"materials: {dict.fromkeys(mesh.blocks, MATERIAL)}\n".replace("'", "")
        if "boundaries:" not in rest:
            zero = ["0 m"] * mesh.points.shape[1]
            text += f"boundaries: {{top: {{temperature: 300 K, u: {zero}}}}}\n".replace("'", "")
        return compose(Deck.from_text(text, name="deck.yaml"), plugins_known, mesh)

    return make


# ---------------------------------------------------------------------- what is wrong is refused


def temp(model: Model) -> Any:
    return model.field("temperature")


def source(expression: Any) -> Any:
    """A contribution of this source of energy; `s` are the options, `T` the temperature."""
    return lambda s, m: m.balance("energy").source(expression(s, temp(m)))


def law(action: Any) -> Any:
    """A contribution at the interface between film and electrolyte, where `a` and `b` are the temperatures."""

    def ask(s: Any, m: Contribution) -> None:
        law = m.interface("film | electrolyte")
        a, b = (side.field("temperature") for side in (law.minus, law.plus))
        action(s, law, m.balance("energy"), a, b)

    return ask


def film(unit: str, storage: Any, rate: Any) -> Any:
    """A contribution of a surface field h in m, with a balance in this unit."""

    def ask(s: Any, m: Contribution) -> None:
        h = m.add_surface_field(m.interface("film | electrolyte"), "h", "m", "height")
        growth = m.add_balance("growth", unit, "h", "growth")
        growth.storage(storage(s, h))
        growth.source(rate(s, h))

    return ask


def controlled(target: str, mean: bool) -> Any:
    """A contribution of a potential g that makes the mean (or total) current a given one."""

    def ask(s: Any, m: Contribution) -> None:
        g = m.add_global("g", "V", "potential")
        m.constrain_integral(g, m.interface("film | electrolyte"), s.current * g / s.drop, getattr(s, target), mean)

    return ask


def fed(*parts: Any) -> Any:
    """A contribution that feeds these to a sum and consumes it as a pure number."""

    def ask(s: Any, m: Contribution) -> None:
        for part in parts:
            m.feed(STRAIN, part(s, temp(m)), ("film",))
        m.balance("energy").source(s.heat * m.sum(STRAIN), ("film",))

    return ask


REFUSED: list[tuple[str, Any, str]] = [
    (
        "wrong unit of an option",
        source(lambda s, T: s.current),
        "the source of energy has the unit A/m^2, expected W/m^3; likely cause: option 'asking.current' "
        "(A/m^2; W/m^3 would fit)",
    ),
    (
        "a factor forgotten",
        source(lambda s, T: s.current * s.drop),
        "the source of energy has the unit W/m^2, expected W/m^3; likely cause: option 'asking.current' "
        "(A/m^2; A/m^3 would fit) or option 'asking.drop' (V; V/m would fit)",
    ),
    (
        "a bare number in a sum",
        source(lambda s, T: s.heat * (T - 298.15) / s.warm),
        "the source of energy adds the bare number 298.15 and 'temperature' (K); likely cause: the bare "
        "number 298.15 (K would fit)",
    ),
    (
        "a bare number in a product",
        source(lambda s, T: s.heat * exp(-s.energy / (8.314 * T))),
        "the source of energy takes exp of '-asking.energy/(8.314 * temperature)' (J/(K*mol)), which must be "
        "a pure number; likely cause: option 'asking.energy' (J/mol; K would fit) or the bare number 8.314 "
        "(J/(K*mol) would fit)",
    ),
    (
        "a bare number compared",
        source(lambda s, T: s.heat * conditional(gt(T, 300), 1, 2)),
        "the source of energy compares 'temperature' (K) and the bare number 300; likely cause: the bare "
        "number 300 (K would fit)",
    ),
    (
        "a bare number as regularisation",
        source(lambda s, T: s.heat * sqrt(dot(grad(T), grad(T)) + 1e-12) * s.length / s.warm),
        "the source of energy adds the bare number 1e-12 and 'grad(temperature) . grad(temperature)' "
        "(K^2/m^2); likely cause: the bare number 1e-12 (K^2/m^2 would fit)",
    ),
    (
        "a sum of different things",
        source(lambda s, T: s.heat + s.pressure),
        "the source of energy adds 'asking.heat' (W/m^3) and 'asking.pressure' (Pa); likely cause: option "
        "'asking.pressure' (Pa; W/m^3 would fit)",
    ),
    (
        "exp of a quantity",
        source(lambda s, T: s.heat * exp(-s.energy / T)),
        "the source of energy takes exp of '-asking.energy/temperature' (J/(K*mol)), which must be a pure "
        "number; likely cause: option 'asking.energy' (J/mol; K would fit)",
    ),
    (
        "ln of a quantity",
        source(lambda s, T: s.heat * ln(T)),
        "the source of energy takes ln of 'temperature' (K), which must be a pure number",
    ),
    (
        "sin of a quantity",
        source(lambda s, T: s.heat * sin(s.length)),
        "the source of energy takes sin of 'asking.length' (m), which must be a pure number; likely cause: "
        "option 'asking.length' (m; 1 would fit)",
    ),
    (
        "tanh of a sum",
        source(lambda s, T: s.heat * tanh(s.length + T / s.warm)),
        "the source of energy adds 'asking.length' (m) and 'temperature/asking.warm' (1); likely cause: "
        "option 'asking.length' (m; 1 would fit)",
    ),
    (
        "a comparison",
        source(lambda s, T: s.heat * conditional(lt(T, s.drop), 1, 2)),
        "the source of energy compares 'temperature' (K) and 'asking.drop' (V); likely cause: option "
        "'asking.drop' (V; K would fit)",
    ),
    (
        "a condition in a condition",
        source(lambda s, T: s.heat * conditional(ufl.And(lt(T, s.warm), ge(s.length, s.rate)), 1, 2)),
        "the source of energy compares 'asking.length' (m) and 'asking.rate' (1/s); likely cause: option "
        "'asking.length' (m; 1/s would fit) or option 'asking.rate' (1/s; m would fit)",
    ),
    (
        "branches of a condition",
        source(lambda s, T: conditional(gt(T, s.warm), s.heat, s.drop)),
        "the source of energy chooses between 'asking.heat' (W/m^3) and 'asking.drop' (V); likely cause: "
        "option 'asking.drop' (V; W/m^3 would fit)",
    ),
    (
        "max",
        source(lambda s, T: s.heat * max_value(T / s.warm, s.length)),
        "the source of energy takes the larger of 'temperature/asking.warm' (1) and 'asking.length' (m); "
        "likely cause: option 'asking.length' (m; 1 would fit)",
    ),
    (
        "min",
        source(lambda s, T: s.heat * min_value(T, s.drop) / s.warm),
        "the source of energy takes the smaller of 'temperature' (K) and 'asking.drop' (V); likely cause: "
        "option 'asking.drop' (V; K would fit)",
    ),
    (
        "a variable exponent",
        source(lambda s, T: s.heat * T**s.number),
        "the source of energy raises 'temperature' (K) to a power that is not a literal fraction",
    ),
    (
        "an exponent with a unit",
        source(lambda s, T: s.heat * (T / s.warm) ** s.length),
        "the source of energy raises to the power of 'asking.length' (m), which must be a pure number; likely"
        " cause: option 'asking.length' (m; 1 would fit)",
    ),
    (
        "a root",
        source(lambda s, T: s.heat * sqrt(s.length)),
        "the source of energy has the unit Pa*m^(1/2)/s, expected W/m^3; likely cause: option 'asking.length'"
        " (m; 1 would fit)",
    ),
    (
        "a rational power",
        source(lambda s, T: s.heat * s.pressure**1.5 / s.pressure),
        "the source of energy has the unit Pa*kg^(1/2)/(m^(1/2)*s^2), expected W/m^3; likely cause: option "
        "'asking.pressure' (Pa; 1 would fit)",
    ),
    (
        "components of a vector",
        source(lambda s, T: s.heat * s.length / s.warm * dot(as_vector([T, s.drop]), grad(T) / s.warm)),
        "the source of energy makes one vector or matrix of 'temperature' (K) and 'asking.drop' (V); likely "
        "cause: option 'asking.drop' (V; K would fit)",
    ),
    (
        "atan2",
        source(lambda s, T: s.heat * ufl.atan2(T, s.drop)),
        "the source of energy takes atan2 of 'temperature' (K) and 'asking.drop' (V); likely cause: option "
        "'asking.drop' (V; K would fit)",
    ),
    (
        "an operator without a rule",
        source(lambda s, T: s.heat * ufl.bessel_J(1, T / s.warm)),
        "the source of energy contains BesselJ, whose unit cannot be derived",
    ),
    (
        "geometry without a rule",
        source(lambda s, T: s.heat * ufl.CellVolume(T.ufl_domain())),
        "the source of energy contains CellVolume, whose unit cannot be derived",
    ),
    (
        "a function that is no symbol",
        source(lambda s, T: s.heat * ufl.Coefficient(T.ufl_function_space())),
        "the source of energy contains Coefficient, whose unit cannot be derived",
    ),
    (
        "a gradient",
        lambda s, m: m.balance("energy").flux(s.heat * grad(temp(m))),
        "the flux of energy has the unit Pa*K/(m*s), expected W/m^2; likely cause: option 'asking.heat' "
        "(W/m^3; W/(m*K) would fit)",
    ),
    (
        "a property",
        lambda s, m: m.balance("energy").source(m.property("stiffness", "Pa") * div(m.field("u"))),
        "the source of energy has the unit Pa, expected W/m^3; likely cause: property 'stiffness' (Pa; W/m^3 "
        "would fit)",
    ),
    (
        "a divergence",
        lambda s, m: m.balance("momentum").source(div(s.pressure * outer(m.field("u"), m.field("u")))),
        "the source of momentum has the unit N/m, expected N/m^3; likely cause: option 'asking.pressure' (Pa;"
        " Pa/m^2 would fit)",
    ),
    (
        "a determinant",
        lambda s, m: m.balance("momentum").source(s.heat * det(outer(m.field("u"), m.field("u"))) * m.field("u")),
        "the source of momentum has the unit W*m^2, expected N/m^3; likely cause: option 'asking.heat' "
        "(W/m^3; Pa/m^6 would fit)",
    ),
    (
        "an inverse",
        lambda s, m: m.balance("momentum").flux(s.pressure * inv(s.length * Identity(2))),
        "the flux of momentum has the unit Pa/m, expected Pa; likely cause: option 'asking.length' (m; 1 "
        "would fit) or option 'asking.pressure' (Pa; N/m would fit)",
    ),
    (
        "a storage",
        lambda s, m: m.balance("energy").storage(s.heat),
        "the storage of energy has the unit W/m^3, expected W/m^3*s; likely cause: option 'asking.heat' "
        "(W/m^3; W/m^3*s would fit)",
    ),
    (
        "a raw term",
        lambda s, m: m.balance("energy").raw(s.pressure * m.test(m.balance("energy"))),
        "the raw term of energy has the unit Pa, expected W/m^3; likely cause: option 'asking.pressure' (Pa; "
        "W/m^3 would fit)",
    ),
    (
        "a raw term with a gradient",
        lambda s, m: m.balance("energy").raw(inner(s.heat * grad(temp(m)), grad(m.test(m.balance("energy"))))),
        "the raw term of energy has the unit Pa*K/(m^2*s), expected W/m^3; likely cause: option 'asking.heat'"
        " (W/m^3; W/(m*K) would fit)",
    ),
    (
        "an inflow",
        lambda s, m: m.balance("energy").inflow("sides", s.current),
        "the inflow of energy at sides has the unit A/m^2, expected W/m^2; likely cause: option "
        "'asking.current' (A/m^2; W/m^2 would fit)",
    ),
    (
        "an exchange",
        law(lambda s, law, energy, a, b: law.exchange((a - b) / s.number, energy, energy)),
        "the exchange of energy at film | electrolyte has the unit K, expected W/m^2; likely cause: option "
        "'asking.number' (1; m^2*K/W would fit)",
    ),
    (
        "traces of different things",
        law(lambda s, law, energy, a, b: law.exchange(s.current * s.drop * (a - s.drop) / s.warm, None, energy)),
        "the exchange of energy at film | electrolyte adds 'temperature[minus]' (K) and '-asking.drop' (V); "
        "likely cause: option 'asking.drop' (V; K would fit)",
    ),
    (
        "a source at an interface",
        law(lambda s, law, energy, a, b: law.source(s.heat, energy, "plus")),
        "the exchange of energy at film | electrolyte has the unit W/m^3, expected W/m^2; likely cause: "
        "option 'asking.heat' (W/m^3; W/m^2 would fit)",
    ),
    (
        "a constraint",
        law(lambda s, law, energy, a, b: law.constrain(s.number * a - b, "V", energy, "hold", "what holds")),
        "the residual that 'hold' holds at zero has the unit K, expected V",
    ),
    (
        "a surface field",
        film("m/s", lambda s, h: h, lambda s, h: s.current),
        "the source of growth at film | electrolyte has the unit A/m^2, expected m/s; likely cause: option "
        "'asking.current' (A/m^2; m/s would fit)",
    ),
    (
        "a balance in a wrong unit",
        film("m/s^2", lambda s, h: h, lambda s, h: s.rate * h),
        "all terms of growth make its unit m/s, but it is declared in m/s^2; likely cause: field 'h' (m; m/s "
        "would fit)",
    ),
    (
        "the mean of a law",
        controlled("drop", mean=True),
        "the mean that determines 'g' at film | electrolyte has the unit A/m^2, expected V; likely cause: "
        "option 'asking.current' (A/m^2; V would fit)",
    ),
    (
        "the integral of a law",
        controlled("current", mean=False),
        "the integral that determines 'g' at film | electrolyte has the unit A, expected A/m^2; likely cause:"
        " option 'asking.drop' (V; V*m^2 would fit)",
    ),
    (
        "a feed",
        fed(lambda s, T: s.rate * s.warm),
        "the feed of strain has the unit K/s, expected 1; likely cause: option 'asking.rate' (1/s; 1/K would "
        "fit) or option 'asking.warm' (K; s would fit)",
    ),
    (
        "a derived quantity",
        lambda s, m: m.define("q", s.rate * grad(temp(m)), "W/m^2", "flux"),
        "the derived quantity q has the unit K/(m*s), expected W/m^2; likely cause: option 'asking.rate' "
        "(1/s; W/(m*K) would fit)",
    ),
    (
        "an output",
        lambda s, m: m.output("o", s.rate * temp(m), "K", "o", "mean"),
        "the output o has the unit K/s, expected K; likely cause: option 'asking.rate' (1/s; 1 would fit)",
    ),
    (
        "a monitored rate",
        lambda s, m: m.monitor(Monitor("power", "W/m^3", "power"), s.current),
        "the contribution to power has the unit A/m^2, expected W/m^3; likely cause: option 'asking.current' "
        "(A/m^2; W/m^3 would fit)",
    ),
    (
        "a monitored rate at an interface",
        law(lambda s, law, energy, a, b: law.monitor(Monitor("power", "W/m^3", "power"), s.heat)),
        "the contribution to power at film | electrolyte has the unit W/m^3, expected W/m^2; likely cause: option "
        "'asking.heat' (W/m^3; W/m^2 would fit)",
    ),
    (
        "an integral",
        lambda s, m: m.output("o", s.heat, "W", "o", "integral"),
        "the output o has the unit W/m^3, expected W; likely cause: option 'asking.heat' (W/m^3; W would fit)",
    ),
    (
        "an integral at an interface",
        law(lambda s, law, energy, a, b: law.output("o", s.current, "A", "o", "integral")),
        "the output o has the unit A/m^2, expected A; likely cause: option 'asking.current' (A/m^2; A would fit)",
    ),
    ("a ratio", lambda s, m: m.output("o", temp(m), "1", "o", "ratio"), "the output o has the unit K, expected 1"),
]


@pytest.mark.parametrize(("ask", "message"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_wrong_units_are_refused(ask: Any, message: str, composed: Any) -> None:
    with pytest.raises(UserError) as caught:
        composed(ask)
    assert str(caught.value) == f"deck.yaml:2:96 physics.asking: asking: {message}"


def test_each_wrong_term_is_told_once_and_reports_only_when_the_equations_are_right(composed: Any) -> None:
    def ask(s: Any, m: Contribution) -> None:
        law = m.interface("film | electrolyte")
        law.exchange(s.current, None, m.balance("energy"))
        m.balance("energy").source(s.rate)
        m.balance("energy").source(s.heat)
        law.output("current", s.current, "A", "current", "mean")

    with pytest.raises(UserError) as caught:
        composed(ask)
    assert [line.split(": asking: ")[1] for line in str(caught.value).splitlines()] == [
        "the exchange of energy at film | electrolyte has the unit A/m^2, expected W/m^2; "
        "likely cause: option 'asking.current' (A/m^2; W/m^2 would fit)",
        "the source of energy has the unit 1/s, expected W/m^3; "
        "likely cause: option 'asking.rate' (1/s; W/m^3 would fit)",
    ]


def test_terms_that_are_wrong_each_in_its_own_way(composed: Any) -> None:
    with pytest.raises(UserError) as caught:
        composed(film("m/s^2", lambda s, h: h, lambda s, h: s.length))
    assert [line.split(": asking: ")[1].split(";")[0] for line in str(caught.value).splitlines()] == [
        "the storage of growth at film | electrolyte has the unit m, expected m/s^2*s",
        "the source of growth at film | electrolyte has the unit m, expected m/s^2",
    ]


def test_feeds_have_the_unit_of_the_sum(composed: Any) -> None:
    def ask(s: Any, m: Contribution) -> None:
        m.feed(STRAIN, s.number, ("film",))
        m.feed(STRAIN, s.length, ("film",))

    with pytest.raises(UserError) as caught:
        composed(ask)
    assert "asking: the feed of strain has the unit m, expected 1; likely cause: " in str(caught.value)


FORMS = [
    (
        "{bent: {value: 1 W/m/K}}",
        "1:1 materials.film.thermal_conductivity: bent: the property thermal_conductivity of film adds the bare "
        "number 1 and 'temperature * thermal_conductivity.slope' (K); likely cause: option "
        "'thermal_conductivity.slope' (1; 1/K would fit)",
    ),
    (
        "{flat: {value: 1 W/m/K}}",
        "1:1 materials.film.thermal_conductivity: flat: the property thermal_conductivity of film has the unit "
        "W/(m^2*K), expected W/m/K; likely cause: option 'thermal_conductivity.thickness' (m; 1 would fit)",
    ),
]


@pytest.mark.parametrize(("form", "message"), FORMS, ids=["bent", "flat"])
def test_property_forms(form: str, message: str, composed: Any) -> None:
    plain = ", ".join(f"{k}: {v}" for k, v in MATERIAL.items() if k != "thermal_conductivity")
    rest = f"materials: {{film: {{{plain}, thermal_conductivity: {form}}}}}\n"
    rest += "boundaries: {sides: {temperature: 3 K}}\n"
    with pytest.raises(UserError) as caught:
        composed(physics="{heat: {blocks: film}}", rest=rest)
    found = str(caught.value)
    assert found[: len("deck.yaml:3:")] == "deck.yaml:3:"
    assert found.split(" ", 1)[1] == message.split(" ", 1)[1]


class WrongBalance(Physics):
    """A balance declared per area instead of per volume."""

    name = "wrong_balance"
    provides = (Field("c", "mol/m^3", "salt"), Balance("salt", "mol/m^2/s", "c", "salt"))
    blocks = Blocks("where")
    diffusivity = Quantity("m^2/s", "diffusivity", default="1 m^2/s")

    def contribute(self, model: Contribution) -> None:
        c, salt = model.field("c"), model.balance("salt")
        salt.storage(c)
        salt.flux(-self.diffusivity * grad(c))


class WrongField(WrongBalance):
    """A field declared as an amount."""

    name = "wrong_field"
    provides = (Field("c", "mol", "salt"), Balance("salt", "mol/m^3/s", "c", "salt"))


DECLARED = [
    (
        WrongBalance,
        "all terms of salt make its unit mol/(m^3*s), but it is declared in mol/m^2/s; "
        "likely cause: field 'c' (mol/m^3; mol/m^2 would fit)",
    ),
    (
        WrongField,
        "all terms of salt make its unit mol/s, but it is declared in mol/m^3/s; "
        "likely cause: field 'c' (mol; mol/m^3 would fit)",
    ),
]


@pytest.mark.parametrize(("plugin", "message"), DECLARED, ids=["balance", "field"])
def test_a_wrong_declaration_is_told_once(plugin: Any, message: str, composed: Any) -> None:
    rest = "boundaries: {top: {c: 0 CONC}}\n".replace("CONC", plugin.provides[0].unit)
    with pytest.raises(UserError) as caught:
        composed(physics=f"{{{plugin.name}: {{blocks: electrolyte}}}}", plugins=(plugin,), rest=rest)
    assert str(caught.value).split(f"physics.{plugin.name}: ")[1] == f"{plugin.name}: {message}"


# ---------------------------------------------------------------------- what is right passes


def deformation(s: Any, m: Model) -> Any:
    """Deformation gradient."""
    return Identity(m.dimension) + grad(m.field("u"))


def invariants(F: Any) -> Any:
    return tr(F) + det(F) + inner(sym(F), skew(F)) + tr(inv(F))


def plane(c: Any) -> Any:
    return as_vector([c, 2 * c, 0])


def energy(expression: Any) -> Any:
    return lambda s, m: m.balance("energy").source(expression(s, m, temp(m)))


def momentum(stress: Any) -> Any:
    return lambda s, m: m.balance("momentum").flux(stress(s, m, grad(m.field("u"))))


ACCEPTED: list[tuple[str, Any]] = [
    ("root", energy(lambda s, m, T: s.heat * sqrt(T) * s.warm**-0.5)),
    ("thirds", energy(lambda s, m, T: s.heat * T ** (1 / 3) * T**0.5 / s.warm ** (5 / 6))),
    ("pure base, any exponent", energy(lambda s, m, T: s.heat * (T / s.warm) ** (s.number * T / s.warm))),
    ("exponent 6.56", energy(lambda s, m, T: s.heat * s.pressure**6.56 / s.pressure**6 / s.pressure**0.56)),
    (
        "arrhenius",
        energy(lambda s, m, T: s.heat * exp(-s.energy / m.constant("molar_gas_constant") * (1 / T - 1 / s.warm))),
    ),
    ("zero in a condition", energy(lambda s, m, T: conditional(gt(T, 0), s.heat, 0))),
    (
        "conditions",
        energy(
            lambda s, m, T: conditional(
                ufl.And(le(T, s.warm), ufl.Not(ufl.Or(lt(s.length, 2 * s.length), ge(0, T)))), s.heat, 2 * s.heat
            )
        ),
    ),
    ("zero in max and min", energy(lambda s, m, T: s.heat * max_value(min_value(T - s.warm, 0), 0) / s.warm)),
    ("abs and sign", energy(lambda s, m, T: abs(s.heat) * ufl.sign(T - s.warm))),
    (
        "functions of numbers",
        energy(
            lambda s, m, T: (
                s.heat * sum((f(T / s.warm) for f in (sin, cos, tan, sinh, cosh, tanh, ln, exp, ufl.atan, ufl.erf)), 1)
            )
        ),
    ),
    ("atan2", energy(lambda s, m, T: s.heat * ufl.atan2(T, s.warm))),
    ("position and time", energy(lambda s, m, T: s.heat * sin(m.position[0] / s.length) * cos(s.rate * m.time))),
    ("table and ramp", energy(lambda s, m, T: s.ramp + s.steps / s.length**3)),
    ("laplacian", energy(lambda s, m, T: m.property("thermal_conductivity", "W/m/K") * div(grad(T)))),
    ("total flux", energy(lambda s, m, T: dot(m.balance("energy").total_flux, grad(T)) / s.warm)),
    (
        "sum over indices",
        energy(lambda s, m, T: s.heat * s.length**2 / s.warm**2 * sum((grad(T)[i] * grad(T)[i] for i in range(2)), 0)),
    ),
    ("free indices", energy(lambda s, m, T: _squared(s, grad(T)))),
    ("variable", energy(lambda s, m, T: _differentiated(s, T))),
    ("invariants", energy(lambda s, m, T: s.heat * invariants(deformation(s, m)))),
    ("cofactor", energy(lambda s, m, T: s.heat * tr(ufl.cofac(s.length * deformation(s, m))) / s.length)),
    ("cross", energy(lambda s, m, T: s.heat * inner(cross(plane(T), plane(s.length)), plane(1 / T)) / s.length)),
    ("matrix and zeros", energy(lambda s, m, T: s.heat / s.warm * tr(as_matrix([[T, 0], [0, s.warm]])))),
    (
        "von Mises",
        energy(
            lambda s, m, T: (
                s.rate
                * sqrt(1.5 * inner(dev(sym(s.pressure * grad(m.field("u")))), sym(grad(m.field("u")))) * s.pressure)
            )
        ),
    ),
    (
        "stress",
        momentum(lambda s, m, H: s.pressure * (dev(sym(H)) + tr(H) * Identity(2) + transpose(H) * H + dot(H, H))),
    ),
    (
        "power-law creep",
        momentum(
            lambda s, m, H: s.pressure * (s.pressure * sqrt(inner(H, H)) / (2 * s.pressure)) ** s.number * skew(H)
        ),
    ),
    ("pressure", momentum(lambda s, m, H: -s.pressure * (temp(m) - s.warm) / s.warm * Identity(2))),
    (
        "raw",
        lambda s, m: m.balance("energy").raw(
            -s.heat * s.length**2 / s.warm * inner(grad(temp(m)), grad(m.test(m.balance("energy"))))
        ),
    ),
    ("exchange", law(lambda s, law, energy, a, b: law.exchange((a - b) * s.heat * s.length / s.warm, energy, energy))),
    (
        "flux at an interface",
        law(lambda s, law, energy, a, b: law.source(dot(law.minus.total_flux(energy), law.normal), energy, "plus")),
    ),
    ("constraint", law(lambda s, law, energy, a, b: law.constrain(a - b, "K", energy, "hold", "what holds"))),
    ("surface field", film("m/s", lambda s, h: h, lambda s, h: s.rate * s.length * sqrt(1 + inner(grad(h), grad(h))))),
    ("sum", fed(lambda s, T: s.number, lambda s, T: T / s.warm, lambda s, T: 0)),
    ("zero", energy(lambda s, m, T: 0)),
    ("zero times something", energy(lambda s, m, T: s.heat + max_value(0, min_value(0, 0)) * T)),
]


def _squared(s: Any, g: Any) -> Any:
    i, j = ufl.indices(2)
    tensor = ufl.as_tensor(g[i] * g[j], (i, j))
    return s.heat * tensor[i, i] * s.length**2 / s.warm**2


def _differentiated(s: Any, T: Any) -> Any:
    v = ufl.variable(T)
    return s.heat * ufl.diff(v**2, v) / s.warm


@pytest.mark.parametrize("ask", [c[1] for c in ACCEPTED], ids=[c[0] for c in ACCEPTED])
def test_right_units_pass(ask: Any, composed: Any) -> None:
    composed(ask)


def test_robin_given_fields_and_expressions_pass(composed: Any) -> None:
    conductivity = "{expression: '1 W/m/K * exp(-ln(temperature / (300 K))) + 2 W * y / (1 m^2 * 1 K)'}"
    plain = ", ".join(f"{k}: {v}" for k, v in MATERIAL.items() if k != "thermal_conductivity")
    robin = "{coefficient: '10 W/m^2/K + 1 W/m^2/K * t / (1 s)', reference: 300 K}"
    rest = (
        f"materials: {{film: {{{plain}, thermal_conductivity: {conductivity}}}}}\n"
        f"boundaries: {{sides: {{robin: {{temperature: {robin}}}}}}}\n"
    )
    composed(physics="{heat: {blocks: film}}", rest=rest)
    conductivity = "{arrhenius: {value: 1 S/m, activation_energy: '15 kJ/mol'}}"
    rest = (
        f"materials: {{film: {{ionic_conductivity: {conductivity}}}}}\n"
        "given: {temperature: 300 K + 1 K/m * y}\nboundaries: {sides: {electric_potential: 0 V}}\n"
    )
    composed(physics="{ionic_charge: {blocks: film}}", rest=rest)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_integrals_in_every_dimension(dimension: int, composed: Any, tmp_path: Path) -> None:
    """A total current is in A in every dimension, per depth as in the ledger; an output says what it integrates."""
    from layers import Layer, build

    layers = [Layer("film", 1.0, 1), Layer("electrolyte", 1.0, 1)]
    build(tmp_path / "layers.msh", layers, dim=dimension, width=1.0, cells_across=1)
    mesh = _read(tmp_path, "layers.msh", "m")

    def ask(s: Any, m: Contribution) -> None:
        law = m.interface("film | electrolyte")
        g = m.add_global("g", "V", "potential")
        current = s.current * (g + law.plus.field("temperature") * s.drop / s.warm) / s.drop
        m.constrain_integral(g, law, current, s.current * s.length**2, mean=False)
        law.output("total", current, "A/m^2", "current", "integral")
        m.output("heat", s.heat, "W/m^3", "heat", "integral")
        m.output("heat_top", s.heat, "W/m^3", "heat", "integral", boundary="top")

    outputs = {o.name: o.unit for o in composed(ask, mesh=mesh).outputs}
    expected = {"total": dimension - 3, "heat": dimension - 3, "heat_top": dimension - 4}
    for name, power in expected.items():
        assert outputs[name].same_dimension(Unit.parse(f"{'A' if name == 'total' else 'W'}*m^{power}"))


def test_integral_of_the_user_is_in_its_own_unit(composed: Any) -> None:
    from trona.settings.outputs import read_outputs

    over = "{heat: {reduce: integral, of: temperature, on: film}, edge: {reduce: integral, of: temperature, on: top}}"
    model = composed(lambda s, m: None, rest=f"outputs: {{extra: {over}}}\n")
    units = {o.name: str(o.unit) for o in read_outputs(model).outputs}
    assert (units["heat"], units["edge"]) == ("m^2*K", "m*K")


# ---------------------------------------------------------------------- every declared unit matters


def _everything(tutorial: Path) -> Model:
    """The main job with a film, a given current, heat of reaction and an activated conductivity."""
    from trona.deck import read_deck

    activated = "{arrhenius: {value: 5e-4 S/m, activation_energy: 15 kJ/mol}}"
    reaction = {
        "film_thickness": "1 nm",
        "film_conductivity": "1e-6 S/m",
        "electrode_potential": "null",
        "reaction_heat": "true",
        "mean_current_density": "1 A/m^2",
    }
    overrides = [f"physics.butler_volmer.{k}={v}" for k, v in reaction.items()]
    overrides += [f"materials.sei={{use: uniform_sei, ionic_conductivity: {activated}}}", "time={end: 1 s, step: 1 s}"]
    return compose(read_deck(tutorial, overrides))


def _symbols(model: Model) -> dict[str, list[Any]]:
    """All symbols of what the model is made of, by what their unit is declared of."""
    expressions = [t.expression for b in model.balances.values() for t in b.terms]
    expressions += [o.expression for o in model.outputs] + [d.expression for d in model.derived.values()]
    expressions += [e for g in model.integral_constraints for e in (g.integrand, g.target)]
    expressions += list(model.properties.values())
    found: dict[str, list[Any]] = {}
    for symbol in dict.fromkeys(s for e in expressions for s in symbols_in(e)):
        if not isinstance(symbol, GeometrySymbol):
            found.setdefault(f"{type(symbol).__name__} {symbol.name}", []).append(symbol)
    return found


READ = {f"InputSymbol {name}" for name in MATERIAL if name != "stiffness"} | {"InputSymbol ionic_conductivity"}
"""Values of materials: compared with the unit asked for when they are read, and then no longer."""
OTHER = Unit.parse("m^2*s/mol^3")


def test_every_declared_unit_matters(tutorial: Path) -> None:
    """Another unit of any option, property, constant, field or sum is seen; options and properties are named."""
    model = _everything(tutorial)
    assert not wrong_units(model)
    unseen = set()
    for name, symbols in _symbols(model).items():
        before = [symbol.unit for symbol in symbols]
        for symbol in symbols:
            symbol.unit = symbol.unit * OTHER
        errors = wrong_units(model)
        if not errors:
            unseen.add(name)
        elif ("." in name and not name.endswith(".value")) or name.startswith("Property"):
            own = name.split(" ")[1]
            named = [
                str(e) for e in errors if re.search(rf"(option|property) '{own}' \([^;]*; \S+ would fit\)", str(e))
            ]
            assert named == [str(e) for e in errors], name
        for symbol, unit in zip(symbols, before, strict=True):
            symbol.unit = unit
    assert unseen == READ
    for part in (*model.balances.values(), *model.outputs, *model.derived.values()):
        declared = "expressed_in" if isinstance(part, Output) else "unit"
        unit = getattr(part, declared)
        object.__setattr__(part, declared, unit * OTHER)
        assert wrong_units(model), part.name
        object.__setattr__(part, declared, unit)


def test_the_check_is_quick(tutorial: Path) -> None:
    """It takes less work than composing, of which it is a part."""
    model, composing = counted(lambda: _everything(tutorial))
    assert counted(lambda: wrong_units(model))[1] < 0.5 * composing


def test_all_that_plugins_may_write_with_has_a_rule() -> None:
    """Every operator of the plugin interface, and all that UFL may make of them, is derived and not refused."""
    from ufl.classes import all_ufl_classes

    import trona.plugin
    from trona.model.checks.dimensions import Derivation

    operators = {
        n for n in trona.plugin.__all__ if getattr(getattr(trona.plugin, n), "__module__", "").startswith("ufl")
    }
    assert operators <= set(globals()) | {"as_tensor"}, "use the new operator in a case of ACCEPTED"
    refuses = {c.__name__ for c in all_ufl_classes if not c._ufl_is_abstract_ and _handler(Derivation, c) == "expr"}
    assert not refuses & {"Sum", "Product", "Power", "Grad", "Div", "Dot", "Conditional", "Determinant", "Inverse"}
    assert {"BesselJ", "CellVolume", "PositiveRestricted", "Argument", "CellAvg"} <= refuses


def _handler(algorithm: Any, cls: Any) -> str:
    names = (getattr(c, "_ufl_handler_name_", "expr") for c in cls.mro())
    return next(n for n in names if hasattr(algorithm, n))
