"""Faults in the parts of a voltage."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_PLUGINS, _TEST = "plugins/trona_plugins", "tests/plugins/test_voltage_by_cause.py"
_SERIES = (f"{_TEST}::test_each_part_of_a_series",)
_SALT = (f"{_TEST}::test_concentration_between_two_foils",)
_EACH = (f"{_TEST}::test_each_physics_says_its_part",)
_WAVE = (f"{_TEST}::test_nothing_is_left_over_on_a_wave",)
_FILES = (f"{_TEST}::test_at_rest_and_in_files",)
_SILENT = (f"{_TEST}::test_what_nobody_says_is_shown",)
_ELSEWHERE = (f"{_TEST}::test_a_current_that_goes_elsewhere_has_no_parts",)
_DEPLETED = (f"{_TEST}::test_the_parts_are_right_where_salt_runs_out",)

part = partial(Mutant, kind="missing term", decks=(), tests=_SERIES)

VOLTAGES = (
    part("voltage-equilibrium", f"{_PLUGINS}/butler_volmer.py", what="the equilibrium potential is no part", old="current * self.equilibrium_potential", new="current * 0 * self.equilibrium_potential"),
    part("voltage-film", f"{_PLUGINS}/butler_volmer.py", what="the film takes what the reaction takes", old="current * (drop - eta)", new="current * eta"),
    part("voltage-shift", f"{_PLUGINS}/butler_volmer.py", what="the shift of the equilibrium drives no reaction", old="current * (eta + stress))", new="current * eta)", tests=(*_EACH, *_SILENT)),
    part("voltage-end", f"{_PLUGINS}/butler_volmer.py", kind="sign", what="the metal of an electrode has the opposite potential", old="law.end(VOLTAGE, phi_s)", new="law.end(VOLTAGE, -phi_s)"),
    part("voltage-contact", f"{_PLUGINS}/contact_resistance.py", kind="factor", what="half of the jump is the part of a contact", old="law.drop(VOLTAGE, CONTACT, current * jump)", new="law.drop(VOLTAGE, CONTACT, current * jump / 2)"),
    part("voltage-ohmic-electrons", f"{_PLUGINS}/electronic_charge.py", kind="factor", what="metals have half of their ohmic part", old="charge.total_flux / sigma", new="charge.total_flux / sigma / 2"),
    part("voltage-ohmic-ions", f"{_PLUGINS}/ionic_charge.py", kind="argument", what="the concentration counts in the ohmic part too", old="charge.total_flux / kappa)", new="-grad(phi))", tests=(*_SALT, *_WAVE)),
    part("voltage-concentration", f"{_PLUGINS}/salt.py", kind="sign", what="a gradient of salt drives with the current", old="-by_anions * drive / F, blocks", new="by_anions * drive / F, blocks", tests=_SALT),
    part("voltage-thermoelectric", f"{_PLUGINS}/thermoelectric.py", kind="sign", what="a gradient of temperature drives the other way", old="OELECTRIC, -current / kappa", new="OELECTRIC, current / kappa", tests=_EACH),
    part("voltage-stress", f"{_PLUGINS}/mechanical_overpotential.py", kind="sign", what="stress shifts the other way", old="-law.sum(REACTION_CURRENT) * eta", new="law.sum(REACTION_CURRENT) * eta", tests=_EACH),
    part("voltage-curvature", f"{_PLUGINS}/capillary_overpotential.py", kind="sign", what="curvature shifts the other way", old="-law.sum(REACTION_CURRENT) * eta", new="law.sum(REACTION_CURRENT) * eta", tests=_EACH),
    part("voltage-side", f"{_PLUGINS}/side_reaction.py", what="a side reaction has no part", old="current * law.sum(METAL_DROP))", new="0 * current * law.sum(METAL_DROP))", tests=_WAVE),
    part("voltage-species", f"{_PLUGINS}/species_reduction.py", what="the reduction of a species has no part", old="current * law.sum(METAL_DROP))", new="0 * current * law.sum(METAL_DROP))", tests=_EACH),
    part("voltage-sei-species", f"{_PLUGINS}/sei_species.py", kind="sign", what="the growth of an SEI has the opposite part", old="-current * law.sum(METAL_DROP)", new="current * law.sum(METAL_DROP)", tests=_EACH),
    part("voltage-remainder", "core/trona/settings/entry.py", what="nothing is ever left over", old="lacking or whole - sum(parts)", new="lacking or 0.0 * (whole - sum(parts))", tests=_SILENT),
    part("voltage-added", "core/trona/settings/drops.py", what="of two contributions to one part the last counts", old="whole = before.expression + part.expression", new="whole = part.expression", tests=(f"{_TEST}::test_contributions_to_one_part_are_added",)),
    part("voltage-cells", "core/trona/readings/works.py", kind="argument", what="the flux counts as it is inside the cells", old="max(component.field.order - 1, 0)", new="component.field.order + 2", tests=_DEPLETED),
    part("voltage-masses", "core/trona/readings/works.py", kind="factor", what="the polynomials count as if they had nothing to do with each other", old="np.linalg.inv(_masses(space))", new="np.diag(1 / _masses(space).sum(axis=1))", tests=_WAVE),
    part("voltage-passes", "core/trona/problem/lower.py", kind="argument", what="a flux through a mesh that moves is taken for a slope", old="ufl.inv(F) if is_flux else ufl.transpose(F)", new="ufl.transpose(F)", tests=_EACH),
    part("voltage-swollen", "core/trona/problem/lower.py", kind="missing term", what="a flux counts per volume of the mesh as it was read", old="found = weight * found", new="pass", tests=(*_WAVE, *_EACH)),
    part("voltage-weights", "core/trona/settings/drops.py", kind="argument", what="uneven potentials at an end count by area", old="replace(flows[0], with_field=True)", new="flows[0]", tests=_WAVE),
    part("voltage-fixed", "core/trona/readings/flows.py", kind="missing term", what="the potential where it is fixed is not in volts", old="float(component.scale) * values", new="values", tests=_WAVE),
    part("voltage-rest", "core/trona/settings/drops.py", kind="argument", what="a current that is round-off has parts", old="abs(here) > 0 and abs(here + there) <= _LOST * abs(here)", new="abs(here) > 0", tests=(*_FILES, *_ELSEWHERE)),
)
