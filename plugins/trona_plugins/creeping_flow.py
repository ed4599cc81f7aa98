"""Flow of a metal by power-law creep, at any strain."""

from trona.plugin import (
    Balance,
    Blocks,
    Contribution,
    Field,
    Identity,
    Physics,
    Quantity,
    dev,
    dot,
    field,
    inner,
    sqrt,
    sym,
    tr,
)
from trona_plugins.power_law import components_of, power_law, tensor_of
from trona_plugins.sums import STRESS

_NOTHING = 1e-60
"""Under the root, so that it has a slope at rest: a stress of 1e-30 sigma_0."""


class CreepingFlow(Physics):
    """Slow flow of a metal that creeps: div sigma = 0 and div v = 0 with sigma = s + sigma_h I, at any strain.

    v: velocity of the metal, m/s. sigma: stress, Pa, tension positive. sigma_h: hydrostatic stress, Pa, an unknown.
    s: deviatoric stress, Pa, an unknown at points of the cells, with D = 3/2 (A y^n + d_0 y) s/sigma_vm.
    D = dev(sym(grad v)): rate of strain, 1/s. sigma_vm = sqrt(3/2 s:s): von Mises stress, Pa. y = sigma_vm/sigma_0.
    A = A_0 exp(-Q/(R T)): rate at the reference stress sigma_0, 1/s, as of `creep`. A_0: prefactor, 1/s. n: exponent.
    Q: activation energy, J/mol. T: temperature, K. R, in A: gas constant, J/mol/K.
    d_0: rate at sigma_0 of the viscous flow that is left where the stress is low, 1/s. It lets the law have a slope at
    rest and counts below the stress sigma_0 (d_0/A)^(1/(n - 1)).
    Elastic strains, inertia and weight are left out. Nothing is stored: the metal remembers no more than its shape.
    The mesh stays where it is unless a physics such as `free_surface` moves its borders. In 2-D it is plane strain.
    Both sides of the law are divided by A sqrt(1 + d/A) with d its equivalent rate, as in `creep`.
    Source: Frost and Ashby, Deformation-Mechanism Maps, Pergamon 1982, chapter 2; Hughes, The Finite Element Method,
    Dover 2000, section 4.3.
    """

    name = "creeping_flow"
    references = ("frost1982deformation", "hughes2000finite")
    requires = (field("temperature"),)
    feeds = (STRESS,)
    provides = (
        Field("velocity", "m/s", "velocity of the metal", rank=1, scale="1 nm/s", least_order=2),
        Field("hydrostatic_stress", "Pa", "a third of the trace of the stress", scale="1 MPa", order_below=1),
        Field(
            "deviatoric_stress",
            "Pa",
            "deviatoric stress: xx, yy, xy and, in 3-D, xz, yz",
            components=(3, 3, 5),
            element="local",
            scale="0.1 MPa",
        ),
        Balance(
            "momentum",
            "N/m^3",
            "velocity",
            "momentum",
            inflow="traction",
            inflow_text="force per area that acts on the boundary from outside",
        ),
        Balance("dilation", "1/s", "hydrostatic_stress", "rate of change of volume"),
        Balance("flow_law", "1", "deviatoric_stress", "law of the flow"),
    )

    blocks = Blocks("blocks that flow")
    viscous_rate = Quantity("1/s", "rate d_0, well below the rates that matter", default="1e-9 1/s", above="0 1/s")

    def contribute(self, model: Contribution) -> None:
        v, sigma_h, stresses = (model.field(f) for f in ("velocity", "hydrostatic_stress", "deviatoric_stress"))
        s, slope = tensor_of(stresses), model.coordinates.gradient(v)
        D = dev(sym(slope))
        A, sigma_0, n = power_law(model, model.constant("molar_gas_constant"), model.field("temperature"))
        x = sqrt(2 / 3 * inner(D, D) / A**2 + _NOTHING)
        y = sqrt(1.5 * inner(s, s) / sigma_0**2 + _NOTHING)
        law, momentum = model.balance("flow_law"), model.balance("momentum")
        driven = 1.5 * (y ** (n - 1) + self.viscous_rate / A) / sqrt(1 + y**n) * stresses / sigma_0
        wrong = driven - components_of(D, model.dimension) / (A * sqrt(1 + x))
        law.source(wrong, self.blocks)
        # What is zero at each point changes nothing here, and gives the velocity a matrix of its own.
        momentum.flux(-s + sigma_0 * tensor_of(wrong))
        momentum.flux(-sigma_h * Identity(3))
        model.balance("dilation").source(tr(slope))
        model.feed(STRESS, s + sigma_h * Identity(3), momentum.blocks)
        rate, von_mises = A * y**n + self.viscous_rate * y, sigma_0 * y
        model.define("strain_rate", rate, "1/s", "equivalent rate of strain", self.blocks)
        model.define("von_mises_stress", von_mises, "Pa", "von Mises stress", self.blocks)
        for name, of, unit, text in (
            ("strain_rate_max", rate, "1/s", "largest equivalent rate of strain"),
            ("von_mises_stress_max", von_mises, "Pa", "largest von Mises stress"),
            ("velocity_max", sqrt(dot(v, v)), "m/s", "largest velocity"),
        ):
            model.output(name, of, unit, text, "maximum", blocks=self.blocks)
