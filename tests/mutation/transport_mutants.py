"""Faults in the declarations of dissolved salt, its cross effects, and heat of reaction."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_SALT = "tests/plugins/test_salt.py"
_THERMO = "tests/plugins/test_thermoelectric.py"
_PELTIER = "tests/plugins/test_mechanical_overpotential.py::test_peltier_heat"

salt = partial(
    Mutant, file="plugins/trona_plugins/salt.py", decks=(),
    tests=(f"{_SALT}::test_gradient_under_current[bare]", f"{_SALT}::test_potential_with_concentration_overpotential[bare]"),
)
cell = partial(salt, tests=(f"{_SALT}::test_salt_is_conserved_and_cations_carry_the_current",))
soret = partial(
    Mutant, file="plugins/trona_plugins/soret.py", decks=(), tests=(f"{_SALT}::test_closed_cell_in_a_temperature_gradient",)
)
thermo = partial(Mutant, file="plugins/trona_plugins/thermoelectric.py", decks=())
seebeck = partial(thermo, tests=(f"{_THERMO}::test_potential_difference_of_a_layer_without_current",))
uniform = partial(thermo, tests=(f"{_THERMO}::test_signs_and_size_of_a_uniform_flux[10.0]",))
vtf = partial(Mutant, file="plugins/trona_plugins/vtf.py", decks=(), tests=("tests/plugins/test_vtf.py",))
peltier = partial(Mutant, file="plugins/trona_plugins/peltier.py", decks=(), tests=(_PELTIER,))

_DIFFUSION = "salt.flux(-D * grad(c))"
_DRIVE = 'drive = (self.cations + self.anions) * R * T * model.property("thermodynamic_factor", "1") * grad(c) / c'
_CURRENT = 'charge.flux(model.property("ionic_conductivity", "S/m") * by_anions * drive / F, blocks)'
_THERMAL = 'flux(-D * model.property("soret_coefficient", "1/K") * c * grad(T))'
_SEEBECK = 'return -model.property("ionic_conductivity", "S/m") * S * grad(T)'
_ROOT = "sqrt(T_ref / T)"
_HEAT = "heat = self.coefficient * law.sum(REACTION_CURRENT)"

TRANSPORT = (
    salt("salt-uphill", kind="sign", what="salt runs up its gradient", old=_DIFFUSION, new=_DIFFUSION.replace("-D", "D")),
    salt("salt-half", kind="factor", what="half the diffusion", old=_DIFFUSION, new=_DIFFUSION.replace("grad(c)", "grad(c) / 2")),
    salt("salt-cations", kind="swapped", what="transference number of the cations taken for that of the anions", old='by_anions = (1 - model.', new='by_anions = (model.'),
    salt("salt-migration-sign", kind="sign", what="anions run with the current", old="salt.flux(-by_anions * current", new="salt.flux(by_anions * current"),
    salt("salt-no-migration", kind="missing term", what="no migration", old="salt.flux(-by_anions * current", new="salt.flux(-0 * by_anions * current"),
    salt("salt-potential-sign", kind="sign", what="diffusion potential reversed", old=_CURRENT, new=_CURRENT.replace("model.", "-model.")),
    salt("salt-potential-half", kind="factor", what="diffusion potential of one ion alone", old=_DRIVE, new=_DRIVE.replace("(self.cations + self.anions) * R", "R")),
    salt("salt-ideal", kind="missing term", what="no thermodynamic factor", old=_DRIVE, new=_DRIVE.replace('model.property("thermodynamic_factor", "1") * ', "")),
    salt("salt-no-logarithm", kind="unit", what="gradient of the concentration, not of its logarithm", old=_DRIVE, new=_DRIVE.replace(" / c", "")),
    salt("salt-entropy", kind="sign", what="entropy of diffusion reversed", old="produced = -dot(salt", new="produced = dot(salt", tests=(f"{_SALT}::test_entropy_with_heat",)),
    cell("salt-stored-double", kind="factor", what="storage doubled", old="salt.storage(eps * c)", new="salt.storage(2 * eps * c)", tests=(f"{_SALT}::test_sands_time",)),
    cell("salt-cations-told", kind="sign", what="reported flux of cations without charge", old="salt.total_flux + current / (z * F)", new="salt.total_flux - current / (z * F)"),
    soret("soret-warm", kind="sign", what="salt runs to the warm side", old=_THERMAL, new=_THERMAL.replace("-D", "D")),
    soret("soret-half", kind="factor", what="half the effect", old=_THERMAL, new=_THERMAL.replace("-D", "-D / 2")),
    soret("soret-swapped", kind="swapped", what="temperature times the gradient of the concentration", old=_THERMAL, new=_THERMAL.replace("c * grad(T)", "T * grad(c)")),
    soret("soret-no-concentration", kind="unit", what="flux not times the concentration", old=_THERMAL, new=_THERMAL.replace("c * grad", "grad")),
    seebeck("seebeck-sign", kind="sign", what="current runs up the temperature", old=_SEEBECK, new=_SEEBECK.replace("-model", "model")),
    seebeck("seebeck-double", kind="factor", what="current doubled", old=_SEEBECK, new=_SEEBECK.replace("-model", "-2 * model")),
    seebeck("seebeck-no-conductivity", kind="unit", what="no conductivity in the current", old=_SEEBECK, new="return -S * grad(T)"),
    seebeck("seebeck-no-temperature", kind="missing term", what="default coefficient not times the temperature", old="* R * T / F", new="* R / F"),
    seebeck("seebeck-entropy", kind="sign", what="entropy of the current reversed", old="ENTROPY_PRODUCTION, -dot(", new="ENTROPY_PRODUCTION, dot(", tests=(f"{_THERMO}::test_entropy_of_the_current",)),
    uniform("uniform-sign", kind="sign", what="current runs up the temperature", old="return -self.thermoelectric_conductivity", new="return self.thermoelectric_conductivity"),
    uniform("uniform-across", kind="side", what="along the first coordinate, not the last", old="coordinates.direction()", new='coordinates.direction("x")'),
    vtf("vtf-rises", kind="sign", what="falls with temperature", old="exp(-self.activation", new="exp(self.activation"),
    vtf("vtf-root", kind="swapped", what="temperatures under the root exchanged", old=_ROOT, new="sqrt(T / T_ref)"),
    vtf("vtf-no-root", kind="missing term", what="no root of the temperature", old=f" * {_ROOT}", new=""),
    vtf("vtf-arrhenius", kind="missing term", what="no Vogel temperature at T", old="1 / (T - T_0) - 1", new="1 / T - 1"),
    vtf("vtf-unit", kind="unit", what="activation temperature as an energy", old='activation_temperature = Quantity("K"', new='activation_temperature = Quantity("J/mol"'),
    peltier("peltier-sign", kind="sign", what="heat of the opposite sign", old=_HEAT, new=_HEAT.replace("= self", "= -self")),
    peltier("peltier-half", kind="factor", what="half the heat", old=_HEAT, new=_HEAT.replace("self.coefficient", "self.coefficient / 2")),
    peltier("peltier-side", kind="side", what="heat given to the other side", old='"plus" if self.side == "ions" else "minus"', new='"minus" if self.side == "ions" else "plus"'),
    peltier("peltier-unit", kind="unit", what="coefficient in V/K", old='coefficient = Quantity("V"', new='coefficient = Quantity("V/K"'),
)
