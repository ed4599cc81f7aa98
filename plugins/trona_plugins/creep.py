"""Power-law creep of metals."""

from trona.plugin import Balance, Blocks, Contribution, Field, Physics, UserError, balance, dev, field, inner, sqrt
from trona_plugins.monitors import ENTROPY_PRODUCTION
from trona_plugins.power_law import components_of, power_law, tensor_of
from trona_plugins.sums import INELASTIC_STRAIN, STRESS

_NOTHING = 1e-60
"""Under the root, so that it has a slope at rest: a stress of 1e-30 sigma_0."""


class Creep(Physics):
    """Power-law creep: d eps_c/dt = 3/2 A (sigma_vm/sigma_0)^n s/sigma_vm with A = A_0 exp(-Q/(R T)).

    eps_c: creep strain, 1, which preserves the volume; a part of the inelastic strain. s: deviatoric stress, Pa.
    sigma_vm = sqrt(3/2 s:s): von Mises stress, Pa. sigma_0: reference stress, Pa. n: exponent. T: temperature, K.
    A_0: prefactor, 1/s. Q: activation energy, J/mol.
    The law is implicit in time and solved in the same Newton steps as the stress. Both sides are divided by A sqrt(1 +
    x), with x = r/A = (sigma_vm/sigma_0)^n on the solution and r the equivalent rate sqrt(2/3 d eps_c/dt : d eps_c/dt).
    This halves the exponents of fast flow, so that Newton's method converges both from rest and from a high stress.
    Source: Frost and Ashby, Deformation-Mechanism Maps, Pergamon 1982, chapter 2.
    """

    name = "creep"
    references = ("frost1982deformation",)
    requires = (balance("momentum"), field("temperature"), STRESS)
    feeds = (INELASTIC_STRAIN,)
    provides = (
        Field(
            "creep_strain",
            "1",
            "creep strain: xx, yy, xy and, in 3-D, xz, yz",
            components=(3, 3, 5),
            element="local",
            scale="1e-3",
            symbol=r"\varepsilon_\mathrm{c}",
        ),
        Balance("creep_flow", "1", "creep_strain", "creep"),
    )

    blocks = Blocks("blocks that creep")

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("creep needs a transient deck; give 'time'")
        flow, strain = model.balance("creep_flow"), tensor_of(model.field("creep_strain"))
        model.feed(INELASTIC_STRAIN, strain, self.blocks)
        T = model.field("temperature")
        A, sigma_0, n = power_law(model, model.constant("molar_gas_constant"), T)
        s = dev(model.sum(STRESS))
        rate = model.rate("creep_strain")
        strained = tensor_of(rate)
        x = sqrt(2 / 3 * inner(strained, strained) / A**2 + _NOTHING)
        y = sqrt(1.5 * inner(s, s) / sigma_0**2 + _NOTHING)
        flow.source(-rate / (A * sqrt(1 + x)), self.blocks)
        flow.source(1.5 * y ** (n - 1) / sqrt(1 + y**n) * components_of(s, model.dimension) / sigma_0, self.blocks)
        speed = A * y**n
        model.monitor(ENTROPY_PRODUCTION, speed * sigma_0 * y / T, self.blocks)
        model.define(
            "creep_rate", speed, "1/s", "equivalent creep rate", self.blocks, symbol=r"\dot{\varepsilon}_\mathrm{c}"
        )
        model.output(
            "creep_rate_max",
            speed,
            "1/s",
            "largest equivalent creep rate",
            "maximum",
            blocks=self.blocks,
            symbol=r"\dot{\varepsilon}_\mathrm{c,max}",
        )
        total = sqrt(2 / 3 * inner(strain, strain))
        model.output(
            "creep_strain_max",
            total,
            "1",
            "largest equivalent creep strain",
            "maximum",
            blocks=self.blocks,
            symbol=r"\varepsilon_\mathrm{c,max}",
        )
