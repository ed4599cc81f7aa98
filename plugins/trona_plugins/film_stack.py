"""Several films on a metal, one over the other."""

from trona.plugin import Contribution, InterfaceOption, ListOf, Physics, Quantity, UserError
from trona_plugins.sums import FILM_RESISTANCE


class FilmStack(Physics):
    """Films in series on a metal: R = sum_j delta_j/kappa_j, fed to the charge transfer at the interface.

    R: area-specific resistance, ohm m2. delta_j: thickness of film j, m. kappa_j: its ionic conductivity, S/m. Both may
    be expressions of position, as for films in patches; a film is then a resistance at each point, without current
    along it. Current that spreads inside a film needs the film as a block.
    Source: Oh et al., RSC Appl. Interfaces 2026, 10.1039/d5lf00305a (a film passes i = kappa Delta phi/delta); Peled,
    J. Electrochem. Soc. 126 (1979) 2047.
    """

    name = "film_stack"
    references = ("peled1979electrochemical",)
    feeds = (FILM_RESISTANCE,)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    thickness = ListOf(
        Quantity("m", "thickness", minimum="0 m", usual=("0 m", "1 mm")),
        "thickness of each film, from the metal outwards",
    )
    conductivity = ListOf(
        Quantity("S/m", "ionic conductivity", above="0 S/m", usual=("1e-16 S/m", "100 S/m")),
        "ionic conductivity of each film, in the same order",
    )

    def contribute(self, model: Contribution) -> None:
        if len(self.thickness) != len(self.conductivity) or not self.thickness:
            raise UserError(
                f"a stack needs a thickness and a conductivity for each film, got {len(self.thickness)} and "
                f"{len(self.conductivity)}"
            )
        law = model.interface(self.interface)
        layers = zip(self.thickness, self.conductivity, strict=True)
        resistance = sum(
            model.option_value(delta, f"{self.owner}.thickness")
            / model.option_value(kappa, f"{self.owner}.conductivity")
            for delta, kappa in layers
        )
        law.feed(FILM_RESISTANCE, resistance)
        law.output_range("stack_resistance", resistance, "ohm*m^2", "area-specific resistance of the stack", mean=True)
