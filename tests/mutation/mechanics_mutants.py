"""Faults in the declarations of solid mechanics, and of a surface that grows and creeps."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_ELASTIC = "tests/plugins/test_elasticity.py"
_CREEP = "tests/plugins/test_creep.py"
_LAW = "plugins/trona_plugins/power_law.py"
_STRESS = "tests/plugins/test_mechanical_overpotential.py"
_GROWTH = "tests/plugins/test_growth.py"
_PLATE = "tests/plugins/test_platen.py"
_CURVED = "tests/plugins/test_capillary_overpotential.py"
_TILTED = (f"{_CURVED}::test_steep_height_on_a_tilted_surface",)
_DEPOSIT = "tests/plugins/test_deposition_stress.py"
_HEIGHT = f"{_GROWTH}::test_height_of_two_electrons_and_creep"

elastic = partial(
    Mutant, file="plugins/trona_plugins/elasticity.py", decks=(),
    tests=(f"{_ELASTIC}::test_patch[plane_strain]", f"{_ELASTIC}::test_block_in_three_dimensions"),
)
creep = partial(
    Mutant, file="plugins/trona_plugins/creep.py", decks=(), tests=(f"{_CREEP}::test_a_held_strain_relaxes",)
)
hot = partial(creep, tests=(f"{_CREEP}::test_uniaxial_rate_and_slope[Na]",))
expansion = partial(
    Mutant, file="plugins/trona_plugins/thermal_expansion.py", decks=(), tests=(f"{_ELASTIC}::test_free_body_expands",)
)
eigen = partial(
    Mutant, file="plugins/trona_plugins/eigenstrain.py", decks=(),
    tests=(f"{_ELASTIC}::test_clamped_body_with_an_eigenstrain",),
)
pressure = partial(
    Mutant, file="plugins/trona_plugins/pressure.py", decks=(), tests=(f"{_ELASTIC}::test_lame_cylinder_axisymmetric[0.34]",)
)
stressed = partial(
    Mutant, file="plugins/trona_plugins/mechanical_overpotential.py", decks=(),
    tests=(f"{_STRESS}::test_no_current_where_stress_and_voltage_balance[0.3-butler_volmer]",),
)
squeezed = partial(
    Mutant, file="plugins/trona_plugins/surface_creep.py", decks=(),
    tests=(f"{_STRESS}::test_reduced_creep_lowers_peaks_and_fills_valleys",),
)
plate = partial(
    Mutant, file="plugins/trona_plugins/platen.py", decks=(), tests=(f"{_PLATE}::test_pressure_on_free_sides",)
)
curved = partial(
    Mutant, file="plugins/trona_plugins/capillary_overpotential.py", decks=(), tests=(f"{_CURVED}::test_arc[False]",)
)
growth = partial(Mutant, file="plugins/trona_plugins/growth.py", decks=(), tests=(f"{_HEIGHT}[0.75]",))
deposited = partial(
    Mutant, file="plugins/trona_plugins/deposition_stress.py", decks=(),
    tests=(f"{_DEPOSIT}::test_a_clamped_film_is_pressed_by_three_springs_in_series",),
)

_TOTAL = "elastic = sym(model.coordinates.gradient(u)) - inelastic"
_ACROSS = "across = sigma_h * (compressibility / 3 - 1 / (2 * mu))"
_TEMPERATURE = 'alpha * (model.field("temperature") - self.reference_temperature)'
_COMPONENT = 'given.get("".join(sorted(a + b)), 0)'
_PUSHES = "-self.pressure * model.normal"
_FLOW = "1.5 * y ** (n - 1) / sqrt(1 + y**n)"
_SPEED = "velocity = -current * volume / (z * F)"
_RISES = "velocity * steepness * sqrt(dot(normal, normal)) / dot(law.normal, along)"
_RECEDES = "velocity = A * conditional(gt(x, 0), 1, -1) * abs(x) ** n * self.length"

MECHANICS = (
    elastic("elastic-shear-modulus", kind="sign", what="shear modulus of the opposite Poisson ratio", old="mu = E / (2 * (1 + nu))", new="mu = E / (2 * (1 - nu))"),
    elastic("elastic-shear-double", kind="factor", what="shear modulus doubled", old="mu = E / (2 * (1 + nu))", new="mu = E / (1 + nu)"),
    elastic("elastic-bulk", kind="missing term", what="bulk modulus without its 3", old="compressibility = 3 * (1 - 2 * nu) / E", new="compressibility = (1 - 2 * nu) / E"),
    elastic("elastic-dilates", kind="sign", what="tension compresses", old="dilation.source(-compressibility", new="dilation.source(compressibility"),
    elastic("elastic-momentum", kind="sign", what="momentum flows the other way", old="momentum.flux(-stress)", new="momentum.flux(stress)"),
    elastic("elastic-not-deviatoric", kind="argument", what="whole strain taken for its deviator", old="2 * mu * dev(elastic)", new="2 * mu * elastic"),
    elastic("elastic-inelastic", kind="sign", what="inelastic strain added", old=_TOTAL, new=_TOTAL.replace("- inelastic", "+ inelastic"), tests=(f"{_ELASTIC}::test_free_body_expands",)),
    elastic("elastic-no-inelastic", kind="missing term", what="no inelastic strain", old=_TOTAL, new=_TOTAL.replace("- inelastic", "- 0 * inelastic"), tests=(f"{_ELASTIC}::test_free_body_expands",)),
    elastic("elastic-across", kind="missing term", what="plane stress without the deviator", old=_ACROSS, new=_ACROSS.replace(" - 1 / (2 * mu)", ""), tests=(f"{_ELASTIC}::test_patch[plane_stress]",)),
    elastic("elastic-von-mises", kind="factor", what="equivalent stress of the wrong factor", old="sqrt(1.5 * inner(s, s))", new="sqrt(2 / 3 * inner(s, s))", tests=(f"{_CREEP}::test_a_held_strain_relaxes",)),
    elastic("elastic-unit", kind="unit", what="modulus in N/m", old='"youngs_modulus", "Pa"', new='"youngs_modulus", "N/m"'),
    creep("creep-reversed", kind="sign", what="flows against the stress", old=_FLOW, new=_FLOW.replace("1.5", "-1.5")),
    creep("creep-factor", kind="factor", what="flow without its 3/2", old=_FLOW, new=_FLOW.replace("1.5 * ", "")),
    creep("creep-exponent", kind="argument", what="exponent one too large", old=_FLOW, new=_FLOW.replace("(n - 1)", "n")),
    creep("creep-equivalent-rate", kind="missing term", what="equivalent rate without its 2/3", old="x = sqrt(2 / 3 * ", new="x = sqrt("),
    creep("creep-equivalent-stress", kind="missing term", what="equivalent stress without its 3/2", old="y = sqrt(1.5 * ", new="y = sqrt("),
    creep("creep-components", kind="swapped", what="components of the stress exchanged", old="parts = [tensor[0, 0], tensor[1, 1]", new="parts = [tensor[1, 1], tensor[0, 0]", file=_LAW, part_of="creep"),
    creep("creep-strain-told", kind="missing term", what="reported strain without its 2/3", old="total = sqrt(2 / 3 * ", new="total = sqrt("),
    hot("creep-cools", kind="sign", what="rate falls with temperature", old="exp(-metal", new="exp(metal", file=_LAW, part_of="creep"),
    hot("creep-unit", kind="unit", what="activation energy not over R", old="/ (R * T)", new="/ T", file=_LAW, part_of="creep"),
    expansion("expansion-sign", kind="sign", what="shrinks in heat", old=_TEMPERATURE, new=_TEMPERATURE.replace("alpha", "-alpha")),
    expansion("expansion-volume", kind="factor", what="linear coefficient taken for that of the volume", old=_TEMPERATURE, new=_TEMPERATURE.replace("alpha", "alpha / 3")),
    expansion("expansion-no-reference", kind="missing term", what="no reference temperature", old=_TEMPERATURE, new='alpha * model.field("temperature")'),
    expansion("expansion-unit", kind="unit", what="temperature not times the coefficient", old=_TEMPERATURE, new=_TEMPERATURE.replace("alpha * ", "")),
    eigen("eigen-sign", kind="sign", what="shrinks", old=_COMPONENT, new=f"-{_COMPONENT}"),
    eigen("eigen-double", kind="factor", what="strain doubled", old=_COMPONENT, new=f"2 * {_COMPONENT}"),
    eigen("eigen-no-shear", kind="missing term", what="no shear", old=_COMPONENT, new="given.get(a + b if a == b else '', 0)"),
    eigen("eigen-swapped", kind="swapped", what="axes in reverse order", old='for b in "xyz"] for a in "xyz"]', new='for b in "zyx"] for a in "zyx"]'),
    eigen("eigen-unit", kind="unit", what="strain in m", old='strain = Quantity("1", "linear strain', new='strain = Quantity("m", "linear strain'),
    pressure("pressure-pulls", kind="sign", what="pressure pulls", old=_PUSHES, new=_PUSHES[1:]),
    pressure("pressure-double", kind="factor", what="pressure doubled", old=_PUSHES, new=_PUSHES.replace("-self", "-2 * self")),
    pressure("pressure-direction", kind="argument", what="along the position, not the normal", old="model.normal", new="model.position"),
    pressure("pressure-fluid-pulls", kind="sign", what="a fluid pulls", old="self.pressure * law.normal", new="-self.pressure * law.normal", tests=(f"{_ELASTIC}::test_pressure_of_a_fluid",)),
    pressure("pressure-unit", kind="unit", what="pressure in N/m", old='pressure = Quantity("Pa"', new='pressure = Quantity("N/m"'),
    plate("plate-pulls", kind="sign", what="plate moves out under pressure", old="dot(u, n) + plate", new="dot(u, n) - plate"),
    plate("plate-twice", kind="factor", what="body follows half of the plate", old="dot(u, n) + plate", new="2 * dot(u, n) + plate"),
    plate("plate-mean", kind="swapped", what="load taken for a pressure, and pressure for a load", old='mean=way != "load"', new='mean=way == "load"', tests=(f"{_PLATE}::test_load_between_mirrors[free]",)),
    plate("plate-told", kind="sign", what="displacement given outwards", old="return self.displacement, []", new="return -self.displacement, []", tests=(f"{_PLATE}::test_given_displacement_makes_the_same_pressure",)),
    plate("plate-slips", kind="missing term", what="the stuck body is held along the normal alone", old="u + plate * n", new="dot(u, n) * n + plate * n", tests=(f"{_PLATE}::test_plate_that_holds_shear",)),
    plate("plate-unit", kind="unit", what="residual without the normal", old='dot(u, n) + plate, "m"', new='dot(u, n) + plate, "Pa"'),
    stressed("stress-sign", kind="sign", what="tension drives dissolution", old='eta = eta / model.', new='eta = -eta / model.'),
    stressed("stress-sum", kind="sign", what="both sides added", old="eta = eta - law.minus", new="eta = eta + law.minus"),
    stressed("stress-metal-alone", kind="missing term", what="stress of the ion conductor left out", old='law.plus.has("dilation")', new='law.plus.has("none")'),
    stressed("stress-sides", kind="side", what="stress of the metal on both sides", old='law.plus.field("hydrostatic_stress")', new='law.minus.field("hydrostatic_stress")'),
    stressed("stress-unit", kind="unit", what="not over the Faraday constant", old=' / model.constant("faraday_constant")', new=""),
    squeezed("squeeze-sign", kind="sign", what="peaks grow", old=_RECEDES, new=_RECEDES.replace("= A", "= -A")),
    squeezed("squeeze-linear", kind="argument", what="exponent left out", old=_RECEDES, new=_RECEDES.replace(" ** n", "")),
    squeezed("squeeze-no-length", kind="unit", what="rate without the length", old=_RECEDES, new=_RECEDES.replace(" * self.length", "")),
    squeezed("squeeze-tension", kind="sign", what="tension of the metal taken for pressure", old='-metal.field("hydrostatic_stress")', new='metal.field("hydrostatic_stress")', tests=(f"{_GROWTH}::test_creep_under_the_pressure_in_the_metal",)),
    curved("curved-sign", kind="sign", what="bumps of the metal are held back", old="gamma * law.minus", new="-gamma * law.minus"),
    curved("curved-concave", kind="sign", what="curvature of the opposite sign", old="tension.source(-area * kappa", new="tension.source(area * kappa"),
    curved("curved-direction", kind="missing term", what="the direction does not turn", old="tension.source(area * spread)", new="pass"),
    curved("curved-double", kind="factor", what="tension of 2 along the surface", old="tension.flux(area *", new="tension.flux(2 * area *", tests=(f"{_CURVED}::test_wave_of_straight_facets",)),
    curved("curved-one", kind="missing term", what="one curvature of two around an axis", old="spread + turns * e[0] / (radius + moved[0])", new="spread", tests=(f"{_CURVED}::test_zone_of_a_sphere",)),
    curved("curved-flat", kind="missing term", what="the height is not seen", old=" + grad(moved)", new="", tests=_TILTED),
    curved("curved-unit", kind="unit", what="not over the Faraday constant", old=' * kappa / model.constant("faraday_constant")', new=" * kappa"),
    growth("growth-dents", kind="sign", what="the height counts downwards for others", old="SURFACE_DISPLACEMENT, height * along", new="SURFACE_DISPLACEMENT, -height * along", tests=_TILTED),
    growth("growth-dissolves", kind="sign", what="deposition dissolves", old=_SPEED, new=_SPEED.replace("-current", "current")),
    growth("growth-electrons", kind="missing term", what="one electron per atom, whatever is given", old=_SPEED, new="velocity = -current * volume / F"),
    growth("growth-recession", kind="sign", what="creep adds to the growth", old="- law.sum(RECESSION", new="+ law.sum(RECESSION"),
    growth("growth-flat", kind="missing term", what="height as on a flat surface", old=_RISES, new="velocity / dot(law.normal, along)"),
    growth("growth-height-sign", kind="sign", what="height falls as the metal grows", old=_RISES, new=f"-{_RISES}"),
    growth("growth-unit", kind="unit", what="molar volume taken for a concentration", old='"molar_volume", "m^3/mol"', new='"molar_volume", "mol/m^3"'),
    growth("growth-rests", kind="side", what="the ion conductor rests, not the metal", old='resting="minus" if', new='resting="plus" if', tests=("tests/problem/test_moving_interface.py::test_added_metal_brings_its_heat",)),
    growth("growth-mesh-double", kind="factor", what="mesh moves at twice the velocity", old="law.move(velocity,", new="law.move(2 * velocity,", tests=("tests/problem/test_moving_interface.py::test_mean_thickness_is_that_of_the_charge",)),
    deposited("deposit-pulls", kind="sign", what="deposit pulls the film down", old="- height * along", new="+ height * along"),
    deposited("deposit-nothing", kind="missing term", what="deposit leaves the film where it is", old=" - height * along", new=""),
    deposited("deposit-pressure", kind="sign", what="pressure of the wrong sign, so that the interface is unstable", old="pressure = -self.normal", new="pressure = self.normal"),
    deposited("deposit-volume", kind="argument", what="height taken for the volume, as on a flat surface only", old="deposit.storage(height * dot(along, law.normal))", new="deposit.storage(height)", tests=(f"{_DEPOSIT}::test_a_deposit_on_a_slope_is_higher_than_thick",)),
    deposited("deposit-not-normal", kind="argument", what="sliding counted as opening", old="sliding = gap - opening * law.normal", new="sliding = gap", tests=(f"{_DEPOSIT}::test_a_clamped_film_is_pressed_by_three_springs_in_series",)),
    deposited("deposit-shear", kind="sign", what="shear pushes on", old="- self.shear_stiffness * sliding", new="+ self.shear_stiffness * sliding", tests=(f"{_DEPOSIT}::test_shear_passes_as_far_as_the_film_sticks[1e+16]",)),
    deposited("deposit-feed", kind="missing term", what="growth not fed", old="law.sum(GROWTH_VELOCITY)", new="0 * law.sum(GROWTH_VELOCITY)"),
)
