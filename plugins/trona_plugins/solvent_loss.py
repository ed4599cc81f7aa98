"""A solvent that side reactions use up."""

from trona.plugin import Contribution, Field, InterfaceOption, Physics, Quantity, UserError
from trona_plugins.sums import SIDE_CURRENT


class SolventLoss(Physics):
    """The solvent over a metal is used up by its side reactions: dH/dt = v <i_p>.

    H: volume of the solvent per area of the metal, m, one number; in pores of porosity eps it fills the height H/eps.
    i_p: current density of the side reactions, A/m2, negative. <>: mean over the metal. v: volume of solvent used per
    charge, m3/C, which is the molar volume of the solvent over n F.
    The run goes on with H < 0: stop it, as by `time: {stop: [{output: solvent_height_mean, below: 0 m}]}`. At a
    constant side current H is used up after H_0/(v |i_p|).
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 8, for Faraday's law.
    """

    name = "solvent_loss"
    references = ("newman2021electrochemical",)
    requires = (SIDE_CURRENT,)
    provides = (Field("solvent_height", "m", "volume of solvent per area", kind="global", scale="1 um"),)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    volume = Quantity("m^3/C", "volume v of solvent per charge", minimum="0 m^3/C", usual=("0 m^3/C", "1e-7 m^3/C"))

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("solvent is used up over time; give 'time'")
        law, height = model.interface(self.interface), model.field("solvent_height")
        lost = -self.volume * law.sum(SIDE_CURRENT)
        model.constrain_integral(height, law, model.rate("solvent_height") + lost, 0, mean=True)
        law.output("solvent_height_mean", height, "m", "volume of solvent per area", "mean")
