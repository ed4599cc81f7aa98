"""Effective transport properties of a liquid in pores."""

from trona.plugin import Expression, ModelView, Number, PropertyForm, Quantity, UserError


class Porous(PropertyForm):
    """Effective property of a liquid in pores: value * eps^b, or value * eps/tau.

    value: the property of the liquid itself. eps: porosity, 1, the property `porosity` of the same material, by
    which `salt` and `dilute_species` store less too. b: exponent of Bruggeman, 1, by default 1.5, for a liquid around
    spheres. tau: tortuosity factor, 1, by which pores conduct less than straight ones; Bruggeman's law has tau =
    eps^(1 - b).
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 22; Bruggeman, Ann. Phys. 416 (1935) 636.
    """

    name = "porous"

    value = Quantity("1", "the property of the liquid")
    exponent = Number("exponent b of Bruggeman", default="1.5", minimum=1, usual=("1", "6"))
    tortuosity = Number("tortuosity factor tau, instead of the exponent", default=None, minimum=1, usual=("1", "50"))

    def evaluate(self, model: ModelView) -> Expression:
        if {"exponent", "tortuosity"} <= self.options.given.keys():
            raise UserError("give exponent or tortuosity, not both")
        eps = model.property("porosity", "1")
        if self.tortuosity is not None:
            return self.value * eps / self.tortuosity
        return self.value * eps**self.exponent
