"""Given strains: swelling, misfit, growth."""

from trona.plugin import Blocks, Contribution, MappingOf, Physics, Quantity, UserError, as_tensor, balance
from trona_plugins.sums import INELASTIC_STRAIN

_NAMES = ("xx", "yy", "zz", "xy", "xz", "yz")


class Eigenstrain(Physics):
    """A stress-free strain: eps* = e I, or the given components, a part of the inelastic strain.

    e: linear strain, 1, positive for swelling; a third of the relative volume change. Expressions of time and
    position are allowed. In axisymmetric coordinates xx is radial, yy axial and zz the hoop component.
    Source: Mura, Micromechanics of Defects in Solids, 2nd ed., Nijhoff 1987, section 1.
    """

    name = "eigenstrain"
    references = ("mura1987micromechanics",)
    requires = (balance("momentum"),)
    feeds = (INELASTIC_STRAIN,)

    blocks = Blocks("blocks with this strain")
    strain = Quantity("1", "linear strain, the same in all directions", default=None, usual=("-0.1", "0.1"))
    components = MappingOf(Quantity("1", "component"), "components xx, yy, zz, xy, xz, yz; others are 0", default=None)

    def contribute(self, model: Contribution) -> None:
        if (self.strain is None) == (self.components is None):
            raise UserError("give either strain or components")
        if self.components is None:
            given = dict.fromkeys(_NAMES[:3], self.strain)
        else:
            given = {
                name: model.option_value(value, f"{self.owner}.components.{name}")
                for name, value in self.components.items()
            }
        for name in given:
            if name not in _NAMES:
                raise UserError(f"'{name}' is not a component of a strain; the components are {', '.join(_NAMES)}")
        tensor = as_tensor([[given.get("".join(sorted(a + b)), 0) for b in "xyz"] for a in "xyz"])
        model.feed(INELASTIC_STRAIN, tensor, self.blocks)
