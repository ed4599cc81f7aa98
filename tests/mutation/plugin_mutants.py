"""Faults in the declarations of transport, heat and properties."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_HEAT = "tests/problem/test_heat_on_strips.py"
_KINETICS = "tests/problem/test_kinetics_on_strips.py"
_JOULE = f"{_HEAT}::test_joule_heat_and_a_thermal_resistance"
_BOTH = f"{_HEAT}::test_joule_heat_of_both_currents"
_ENTROPY = "tests/readings/test_audit.py::test_entropy_and_power_meet_their_balances"

ionic = partial(
    Mutant, file="plugins/trona_plugins/ionic_charge.py", decks=("ohmic",),
    tests=(_JOULE, _BOTH, f"{_KINETICS}::test_film_as_a_block", _ENTROPY),
)
electronic = partial(
    Mutant, file="plugins/trona_plugins/electronic_charge.py", decks=("ohmic",),
    tests=(_BOTH, f"{_KINETICS}::test_metal_that_conducts"),
)
heat = partial(Mutant, file="plugins/trona_plugins/heat.py", decks=("warming",), tests=(_HEAT, _ENTROPY))
joule = partial(
    Mutant, file="plugins/trona_plugins/joule_heating.py", decks=("ohmic",), tests=(_JOULE, _BOTH, _ENTROPY)
)
jump = partial(
    Mutant, file="plugins/trona_plugins/thermal_resistance.py", decks=("warming",),
    tests=(_JOULE, f"{_HEAT}::test_extrema_over_the_points_of_a_line", _ENTROPY),
)
arrhenius = partial(
    Mutant, file="plugins/trona_plugins/arrhenius.py", decks=("ohmic",),
    tests=(f"{_KINETICS}::test_arrhenius_rate_and_conductivity",),
)

_IONS, _ELECTRONS = "charge.flux(-kappa * grad(phi))", "charge.flux(-sigma * grad(phi_s))"
_STORED = 'model.property("density", "kg/m^3") * model.property("specific_heat_capacity", "J/kg/K") * T'
_CONDUCTED = "conduction = -k * grad(T)"
_STORED = 'model.property("density", "kg/m^3") * model.property("specific_heat_capacity", "J/kg/K") * T'
_POWER = "model.monitor(ELECTRIC_POWER, -dot(charge.total_flux"
_OHMIC = "heat = -dot(charge.total_flux, grad(phi))"
_LAW = "-self.activation_energy / R * (1 / T - 1 / self.reference_temperature)"
_CROSSES = "law.exchange(jump / self.R, minus=energy, plus=energy)"

PLUGINS = (
    ionic("ions-uphill", kind="sign", what="current runs up the potential", old=_IONS, new="charge.flux(kappa * grad(phi))"),
    ionic("ions-double", kind="factor", what="current doubled", old=_IONS, new="charge.flux(-2 * kappa * grad(phi))"),
    ionic("ions-square", kind="argument", what="conductivity squared", old=_IONS, new="charge.flux(-(kappa**2) * grad(phi))"),
    ionic("ions-none", kind="missing term", what="no current", old=_IONS, new="charge.flux(0 * kappa * grad(phi))"),
    ionic("ions-bare", kind="missing term", what="no conductivity in the flux", old=_IONS, new="charge.flux(-grad(phi))"),
    ionic("ions-property-unit", kind="unit", what="conductivity asked for in S m", old='"ionic_conductivity", "S/m"', new='"ionic_conductivity", "S*m"'),
    ionic("ions-balance-unit", kind="unit", what="balance declared per area", old='"A/m^3",\n            "electric_potential"', new='"A/m^2",\n            "electric_potential"'),
    ionic("ions-field-unit", kind="unit", what="potential declared in A", old='"electric_potential",\n            "V"', new='"electric_potential",\n            "A"'),
    ionic("ions-wrong-property", kind="swapped", what="conducts with another property of the same unit", old='"ionic_conductivity"', new='"electronic_conductivity"'),
    ionic("ions-told-reversed", kind="sign", what="reported current reversed", old='"current_density", charge.total_flux', new='"current_density", -charge.total_flux'),
    ionic("ions-power-negative", kind="sign", what="monitored power negative", old=_POWER, new="model.monitor(ELECTRIC_POWER, dot(charge.total_flux"),
    electronic("electrons-uphill", kind="sign", what="current runs up the potential", old=_ELECTRONS, new="charge.flux(sigma * grad(phi_s))"),
    electronic("electrons-half", kind="factor", what="current halved", old=_ELECTRONS, new="charge.flux(-sigma / 2 * grad(phi_s))"),
    electronic("electrons-inverse", kind="argument", what="conductivity taken for resistivity", old=_ELECTRONS, new="charge.flux(-1 / sigma * grad(phi_s))"),
    electronic("electrons-wrong-property", kind="swapped", what="conducts with the property of the ions", old='"electronic_conductivity"', new='"ionic_conductivity"'),
    electronic("electrons-not-charge", kind="swapped", what="balance of another quantity: its current makes no heat", old='quantity="charge"', new='quantity="electrons"'),
    electronic("electrons-unit", kind="unit", what="reported current in A", old='"A/m^2",', new='"A",'),
    electronic("electrons-told-reversed", kind="sign", what="reported current reversed", old="charge.total_flux,\n            \"A/m^2\"", new="-charge.total_flux,\n            \"A/m^2\""),
    heat("heat-uphill", kind="sign", what="heat runs up the temperature", old=_CONDUCTED, new=_CONDUCTED.replace("-k", "k")),
    heat("heat-conducts-double", kind="factor", what="conduction doubled", old=_CONDUCTED, new=_CONDUCTED.replace("-k", "-2 * k")),
    heat("heat-stored-negative", kind="sign", what="storage reversed", old=_STORED, new=f"-{_STORED}"),
    heat("heat-stored-double", kind="factor", what="storage doubled", old=_STORED, new=f"2 * {_STORED}"),
    heat("heat-not-stored", kind="missing term", what="no storage", old=_STORED, new=f"0 * {_STORED}"),
    heat("heat-no-density", kind="missing term", what="storage without density", old=_STORED, new=_STORED.removeprefix('model.property("density", "kg/m^3") * ')),
    heat("heat-swapped-properties", kind="swapped", what="stores with the conductivity", old=_STORED, new=_STORED.replace("specific_heat_capacity", "thermal_conductivity")),
    heat("heat-bare-number", kind="unit", what="storage from 298.15, a number without a unit", old='"J/kg/K") * T)\n', new='"J/kg/K") * (T - 298.15))\n'),
    heat("heat-gradient-squared", kind="argument", what="largest gradient without the root", old="steepness = sqrt(dot(grad(T), grad(T)))", new="steepness = dot(grad(T), grad(T))"),
    heat("heat-gradient-reversed", kind="sign", what="reported gradient reversed", old='"temperature_gradient", grad(T)', new='"temperature_gradient", -grad(T)'),
    heat("heat-coldest", kind="swapped", what="highest temperature is the lowest", old='"highest temperature", "maximum"', new='"highest temperature", "minimum"'),
    heat("heat-entropy-negative", kind="sign", what="entropy of conduction reversed", old="-dot(conduction", new="dot(conduction"),
    heat("heat-entropy-power", kind="argument", what="entropy over T, not its square", old="/ T**2", new="/ T"),
    joule("joule-cools", kind="sign", what="cools", old=_OHMIC, new="heat = dot(charge.total_flux, grad(phi))"),
    joule("joule-half", kind="factor", what="heat halved", old=_OHMIC, new="heat = -dot(charge.total_flux, grad(phi)) / 2"),
    joule("joule-none", kind="missing term", what="no heat", old="energy.source(heat, blocks)", new="energy.source(0 * heat, blocks)"),
    joule("joule-one-conductor", kind="missing term", what="only one of the currents heats", old='in model.balances_of("charge"):', new='in model.balances_of("charge")[:1]:'),
    joule("joule-current-squared", kind="swapped", what="current times current", old=_OHMIC, new="heat = dot(charge.total_flux, charge.total_flux)"),
    joule("joule-temperature", kind="swapped", what="gradient of the temperature", old=_OHMIC, new='heat = -dot(charge.total_flux, grad(model.field("temperature")))'),
    joule("joule-entropy-unit", kind="missing term", what="entropy not over the temperature", old="heat / energy.field", new="heat"),
    jump("jump-reversed", kind="sign", what="heat crosses to the warmer side", old=_CROSSES, new=_CROSSES.replace("jump", "-jump")),
    jump("jump-double", kind="factor", what="resistance halved", old=_CROSSES, new=_CROSSES.replace("jump", "2 * jump")),
    jump("jump-conductance", kind="argument", what="times the resistance", old=_CROSSES, new=_CROSSES.replace("jump /", "jump *")),
    jump("jump-one-sided", kind="missing term", what="nothing arrives on the other side", old=_CROSSES, new=_CROSSES.replace("plus=energy", "plus=None")),
    jump("jump-sum", kind="sign", what="driven by the sum of both temperatures", old="jump = T_A - T_B", new="jump = T_A + T_B"),
    jump("jump-same-side", kind="side", what="both temperatures of one side", old='law.plus.field("temperature")', new='law.minus.field("temperature")'),
    jump("jump-off", kind="argument", what="law ignored unless the resistance is zero", old="resistance.constant == 0", new="resistance.constant != 0"),
    jump("jump-unit", kind="unit", what="resistance in K/W", old='"K*m^2/W", "area-specific', new='"K/W", "area-specific'),
    jump("jump-entropy", kind="sign", what="entropy of the jump reversed", old="jump / self.R * jump", new="-jump / self.R * jump"),
    arrhenius("arrhenius-cools", kind="sign", what="falls with temperature", old=_LAW, new=_LAW[1:]),
    arrhenius("arrhenius-swapped", kind="swapped", what="temperatures exchanged", old=_LAW, new="-self.activation_energy / R * (1 / self.reference_temperature - 1 / T)"),
    arrhenius("arrhenius-no-reference", kind="missing term", what="no reference temperature", old=_LAW, new="-self.activation_energy / R / T"),
    arrhenius("arrhenius-no-gas-constant", kind="missing term", what="activation energy not over R", old=_LAW, new=_LAW.replace(" / R", "")),
    arrhenius("arrhenius-difference", kind="argument", what="difference of temperatures, not of inverses", old=_LAW, new="-self.activation_energy / R * (T - self.reference_temperature)"),
    arrhenius("arrhenius-energy-halved", kind="factor", what="half the activation energy", old=_LAW, new=_LAW.replace("/ R", "/ (2 * R)")),
    arrhenius("arrhenius-half", kind="factor", what="half the value", old="self.value * exp", new="self.value / 2 * exp"),
    arrhenius("arrhenius-linear", kind="argument", what="the exponential cut after its first term", old="exp(-self", new="(1 - self"),
    arrhenius("arrhenius-reference", kind="unit", what="default reference of 20 degC, not 25", old='default="298.15 K"', new='default="293.15 K"'),
)
