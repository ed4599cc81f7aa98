"""The dimension check: plugins whose units do not fit are refused with the cause, those that fit pass."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import ufl
from trona.deck import Deck
from trona.errors import UserError
from trona.mesh import MeshData
from trona.model import Model, PropertyForm, Registry, compose, registry
from trona.plugin import (
    Balance,
    Blocks,
    Field,
    Identity,
    Physics,
    Quantity,
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
)  # fmt: skip

ROOT = Path(__file__).parents[2]
MATERIAL = {
    "thermal_conductivity": "1 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K",
    "stiffness": "1 GPa",
}  # fmt: skip
PHYSICS = "{heat: {blocks: [film, electrolyte]}, elastic: {blocks: [film, electrolyte]}, asking: {}}"


class Elastic(Physics):
    """A displacement, as it is known to everybody."""

    name = "elastic"
    provides = (Field("u", "m", "displacement", rank=1), Balance("momentum", "N/m^3", "u", "momentum"))
    blocks = Blocks("where")

    def contribute(self, model: Model) -> None:
        strain, E = sym(grad(model.field("u"))), model.property("stiffness", "Pa")
        model.balance("momentum").flux(-E * (strain + tr(strain) * Identity(model.dimension)))


class Asking(Physics):
    """Contributes what its class is told to, with options of many units."""

    name = "asking"
    requires = (balance("energy"), balance("momentum"))
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

    def contribute(self, model: Model) -> None:
        type(self).ask(self, model)


class Bent(PropertyForm):
    """A property form that forgets to make the temperature a pure number."""

    name = "bent"
    value = Quantity("1", "the property")
    slope = Quantity("1", "relative slope", default="0.1")

    def evaluate(self, model: Model) -> Any:
        return self.value * (1 + self.slope * model.field("temperature"))


class Flat(PropertyForm):
    """A property form that returns another unit than that of its property."""

    name = "flat"
    value = Quantity("1", "the property")
    thickness = Quantity("m", "thickness", default="1 um")

    def evaluate(self, model: Model) -> Any:
        return self.value / self.thickness


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> MeshData:
    """The mesh of three layers, read once."""
    folder = tmp_path_factory.mktemp("mesh")
    shutil.copy(ROOT / "meshes/three_layers.msh", folder)
    text = "mesh: {file: three_layers.msh, length_unit: um}\nphysics: {}\n"
    model = Model.__new__(Model)
    model.deck, model.warnings = Deck.from_text(text, folder), []
    return compose.read_mesh_section(model)  # type: ignore[no-any-return]


@pytest.fixture
def composed(mesh: MeshData, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that composes the deck with one contribution of `asking`, or with other physics."""

    def make(ask: Any = None, physics: str = PHYSICS, plugins: tuple[Any, ...] = (), rest: str = "") -> Model:
        monkeypatch.setattr(compose, "read_mesh_section", lambda model: mesh)
        monkeypatch.setattr(Asking, "ask", ask)
        known = registry()
        own = {cls.name: cls for cls in (Elastic, Asking, *plugins)}
        forms = {**known.forms, "bent": Bent, "flat": Flat}
        plugins_known: Registry = replace(known, physics={**known.physics, **own}, forms=forms)
        text = f"mesh: {{file: none}}\nphysics: {physics}\n{rest}"
        if "materials:" not in rest:
            text += f"materials: {{film: {MATERIAL}, electrolyte: {MATERIAL}, metal: {MATERIAL}}}\n".replace(
                "'", ""
            )
        if "boundaries:" not in rest:
            text += "boundaries: {top: {temperature: 300 K, u: [0 m, 0 m]}}\n"
        return Model(Deck.from_text(text, name="deck.yaml"), plugins_known)

    return make
