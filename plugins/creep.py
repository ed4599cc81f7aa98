"""Power-law creep of metals."""

from typing import Any

from trona.plugin import (
    Blocks,
    Field,
    Model,
    Physics,
    Quantity,
    UserError,
    as_tensor,
    as_vector,
    balance,
    dev,
    exp,
    field,
    inner,
    sqrt,
)
from trona_plugins.monitors import ENTROPY_PRODUCTION


class Creep(Physics):
    """Power-law creep: d eps_c/dt = 3/2 A (sigma_vm/sigma_0)^n s/sigma_vm with A = A_0 exp(-Q/(R T)).

    eps_c: creep strain, 1, without change of volume; a part of the inelastic strain. s: deviatoric stress, Pa.
    sigma_vm = sqrt(3/2 s:s): von Mises stress, Pa. sigma_0: reference stress, Pa. n: exponent. T: temperature, K.
    A_0: prefactor, 1/s. Q: activation energy, J/mol.
    It is solved in the same Newton step as the stress, as the stress that a rate needs:
    s = 2/3 sigma_0 (r/A)^(1/n) (d eps_c/dt)/r with r = sqrt(2/3 d eps_c/dt : d eps_c/dt + r_0^2).
    r_0: rate, 1/s, below which the flow is linear in the stress, so that there is a tangent at rest.
    Source: Frost and Ashby, Deformation-Mechanism Maps, Pergamon 1982, chapter 2.
    """

    name = "creep"
    references = ("frost1982deformation",)
    requires = (balance("momentum"), field("temperature"))

    blocks = Blocks("blocks that creep")
    smallest_rate = Quantity(
        "1/s", "rate that means nothing any more; the default strains 3e-9 in a year", default="1e-16 1/s",
        above="0 1/s", variables=(),
    )  # fmt: skip

    def contribute(self, model: Model) -> None:
        if model.steady:
            raise UserError("creep goes on in time; give 'time'")
        count = 5 if model.dimension == 3 else 3
        model.add_field(
            Field(
                "creep_strain", "1", "creep strain: xx, yy, xy and, in 3-D, xz, yz", components=count,
                element="local", scale="1e-3",
            ),
            self.blocks,
        )  # fmt: skip
        flow = model.add_balance("creep_flow", "Pa", "creep_strain", "stress that the creep rate needs")
        strain, rate = _tensor(model.field("creep_strain")), _tensor(model.rate("creep_strain"))
        model.feed("inelastic strain", strain, self.blocks)
        T = model.field("temperature")
        sigma_0, n = model.property("creep_reference_stress", "Pa"), model.property("creep_exponent", "1")
        A = model.property("creep_prefactor", "1/s") * exp(
            -model.property("creep_activation_energy", "J/mol") / (model.constant("molar_gas_constant") * T)
        )
        s = dev(model.total("stress", "Pa", (3, 3)))
        r = sqrt(2 / 3 * inner(rate, rate) + self.smallest_rate**2)
        flow.source(_components(s, count), self.blocks)
        flow.source(-2 / 3 * sigma_0 * (r / A) ** (1 / n) * _components(rate, count) / r, self.blocks)
        von_mises = sqrt(1.5 * inner(s, s))
        speed = A * (von_mises / sigma_0) ** n
        model.monitor(ENTROPY_PRODUCTION, inner(s, rate) / T, self.blocks)
        model.define("creep_rate", speed, "1/s", "equivalent creep rate", self.blocks)
        model.output("creep_rate_max", speed, "1/s", "largest equivalent creep rate", "maximum", blocks=self.blocks)
        total = sqrt(2 / 3 * inner(strain, strain))
        model.output("creep_strain_max", total, "1", "largest equivalent creep strain", "maximum", blocks=self.blocks)


def _tensor(c: Any) -> Any:
    """Return the deviatoric strain of which these are the components."""
    xz, yz = (c[3], c[4]) if c.ufl_shape == (5,) else (0, 0)
    return as_tensor([[c[0], c[2], xz], [c[2], c[1], yz], [xz, yz, -c[0] - c[1]]])


def _components(tensor: Any, count: int) -> Any:
    """Return the independent components of a deviatoric tensor."""
    parts = [tensor[0, 0], tensor[1, 1], tensor[0, 1], tensor[0, 2], tensor[1, 2]]
    return as_vector(parts[:count])
