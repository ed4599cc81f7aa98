"""Thermal expansion of solids."""

from trona.plugin import Blocks, Contribution, Identity, Physics, Quantity, balance, field
from trona_plugins.sums import INELASTIC_STRAIN


class ThermalExpansion(Physics):
    """Thermal strain: eps_th = alpha (T - T_ref) I, a part of the inelastic strain.

    alpha: linear coefficient of thermal expansion, 1/K. T: temperature, K. T_ref: temperature without thermal strain,
    K.
    Source: Boley and Weiner, Theory of Thermal Stresses, Dover 1997, chapter 1.
    """

    name = "thermal_expansion"
    references = ("boley1997theory",)
    requires = (balance("momentum"), field("temperature"))
    feeds = (INELASTIC_STRAIN,)

    blocks = Blocks("blocks that expand", default=None)
    reference_temperature = Quantity(
        "K", "temperature without thermal strain", default="298.15 K", above="0 K", usual=("150 K", "2000 K")
    )

    def contribute(self, model: Contribution) -> None:
        alpha = model.property("thermal_expansion_coefficient", "1/K")
        strain = alpha * (model.field("temperature") - self.reference_temperature) * Identity(3)
        where = self.blocks or model.balance("momentum").blocks
        model.feed(INELASTIC_STRAIN, strain, model.common_blocks(strain, where))
