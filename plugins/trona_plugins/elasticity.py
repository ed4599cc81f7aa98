"""Small-strain elasticity of solids."""

from typing import Any

from trona.plugin import (
    Balance,
    Blocks,
    Choice,
    Contribution,
    Field,
    Identity,
    Physics,
    UserError,
    as_tensor,
    dev,
    dot,
    inner,
    sqrt,
    sym,
    tr,
)
from trona_plugins.sums import INELASTIC_STRAIN, STRESS

_STRAIN = 1e-4


class Elasticity(Physics):
    """Static momentum balance: div sigma = 0 with sigma = 2 mu dev(eps_el) + sigma_h I and tr(eps_el) = sigma_h/K.

    u: displacement, m. eps_el = sym(grad u) - eps_in: elastic strain, 1. eps_in: inelastic strain, the sum of the
    strains of creep, thermal expansion and eigenstrains, 1. sigma: stress, Pa, tension positive.
    sigma_h: hydrostatic stress tr(sigma)/3, Pa, a separate unknown that may jump between blocks.
    mu = E/(2 (1 + nu)), K = E/(3 (1 - 2 nu)). E: Young's modulus, Pa. nu: Poisson ratio, at most 0.5.
    In 2-D it is plane strain, where sigma_h contains sigma_zz, or plane stress, where sigma_zz = 0 and eps_el,zz =
    sigma_h (1/(3 K) - 1/(2 mu)).
    The form is always mixed, because creep preserves the volume and a pure displacement form would lock.
    Source: Hughes, The Finite Element Method, Dover 2000, section 4.3.
    """

    name = "elasticity"
    references = ("hughes2000finite",)
    provides = (
        Field("displacement", "m", "displacement of matter", rank=1, scale="1 nm", least_order=2, symbol="u"),
        Field(
            "hydrostatic_stress",
            "Pa",
            "a third of the trace of the stress, tension positive",
            scale="1 MPa",
            order_below=1,
            blockwise=True,
            symbol=r"\sigma_\mathrm{h}",
        ),
        Balance(
            "momentum",
            "N/m^3",
            "displacement",
            "momentum",
            inflow="traction",
            inflow_text="force per area that acts on the boundary from outside",
        ),
        Balance("dilation", "1", "hydrostatic_stress", "elastic change of volume"),
    )
    uses = (INELASTIC_STRAIN, STRESS)
    feeds = (STRESS,)

    blocks = Blocks("blocks that deform")
    assumption = Choice(
        ("plane_strain", "plane_stress"),
        "in 2-D: a section through a thick body (plane strain) or a thin sheet (plane stress)",
        default="plane_strain",
    )

    def contribute(self, model: Contribution) -> None:
        u, sigma_h = model.field("displacement"), model.field("hydrostatic_stress")
        size = max(model.mesh.bounding_box[1] - model.mesh.bounding_box[0])
        model.set_scale("displacement", _STRAIN * float(size))
        E, nu = model.property("youngs_modulus", "Pa"), model.property("poisson_ratio", "1")
        mu = E / (2 * (1 + nu))
        compressibility = 3 * (1 - 2 * nu) / E
        inelastic = model.sum(INELASTIC_STRAIN)
        elastic = sym(model.coordinates.gradient(u)) - inelastic
        if self.assumption == "plane_stress":
            if model.dimension != 2 or model.coordinates.turns:
                raise UserError("plane stress needs a planar 2-D mesh")
            across = sigma_h * (compressibility / 3 - 1 / (2 * mu))
            elastic = as_tensor([[elastic[0, 0], elastic[0, 1], 0], [elastic[1, 0], elastic[1, 1], 0], [0, 0, across]])
        stress = 2 * mu * dev(elastic) + sigma_h * Identity(3)
        momentum, dilation = model.balance("momentum"), model.balance("dilation")
        momentum.flux(-stress)
        dilation.source(tr(elastic))
        dilation.source(-compressibility * sigma_h)
        model.feed(STRESS, stress, momentum.blocks)
        self._report(model, u, sigma_h, model.sum(STRESS))

    def _report(self, model: Contribution, u: Any, sigma_h: Any, stress: Any) -> None:
        where = model.balance("momentum").blocks
        s = dev(stress)
        von_mises = sqrt(1.5 * inner(s, s))
        model.define("von_mises_stress", von_mises, "Pa", "von Mises stress", where, symbol=r"\sigma_\mathrm{v}")
        rows = range(model.dimension)
        pairs = [(i, j) for i in rows for j in rows if i <= j] + [(i, i) for i in range(model.dimension, 3)]
        for i, j in pairs:
            name = "xyz"[i] + "xyz"[j]
            model.define(
                f"stress_{name}", stress[i, j], "Pa", f"stress component {name}", where, symbol=rf"\sigma_{{{name}}}"
            )
        model.output(
            "displacement_max",
            sqrt(dot(u, u)),
            "m",
            "largest displacement",
            "maximum",
            blocks=where,
            symbol=r"u_\mathrm{max}",
        )
        for block in where:
            for end, reduce in (("max", "maximum"), ("min", "minimum")):
                text = f"{'largest' if end == 'max' else 'smallest'} hydrostatic stress in {block}"
                model.output(f"hydrostatic_stress_{end} ({block})", sigma_h, "Pa", text, reduce, blocks=(block,))
            text = f"largest von Mises stress in {block}"
            model.output(f"von_mises_stress_max ({block})", von_mises, "Pa", text, "maximum", blocks=(block,))
