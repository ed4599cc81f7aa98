"""A film on a metal that grows by what passes it, and resists the reaction."""

from trona.plugin import Contribution, InterfaceOption, Physics, Quantity, UserError
from trona_plugins.sums import FILM_RESISTANCE


class GrowingFilm(Physics):
    """Parabolic growth of a film: dh/dt = a / h; its resistance h / kappa is fed to the charge transfer.

    h: thickness, m, an unknown of the interface. a: rate constant, m2/s. kappa: ionic conductivity of the film, S/m.
    Source: Peled, J. Electrochem. Soc. 126 (1979) 2047.
    """

    name = "growing_film"
    references = ("peled1979electrochemical",)
    feeds = (FILM_RESISTANCE,)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    rate_constant = Quantity("m^2/s", "rate constant of the growth", minimum="0 m^2/s")
    conductivity = Quantity("S/m", "ionic conductivity of the film", above="0 S/m")

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("a film grows over time; give 'time'")
        law = model.interface(self.interface)
        h = model.add_surface_field(law, "film_thickness", "m", "thickness of the film", scale="1 nm")
        film = model.add_balance("film", "m^2/s", "film_thickness", "square of the thickness of the film")
        film.storage(h * h / 2)
        film.source(self.rate_constant)
        law.feed(FILM_RESISTANCE, h / self.conductivity)
        law.output("film_thickness_mean", h, "m", "mean thickness of the film", "mean")
