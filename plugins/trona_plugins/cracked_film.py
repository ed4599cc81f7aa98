"""A film that cracks lets the current through: less resistance, fresh surface."""

from trona.plugin import Contribution, InterfaceOption, Number, Physics, Quantity, balance
from trona_plugins.sums import DAMAGE, EXCHANGE_CURRENT_FACTOR, FILM_RESISTANCE


class CrackedFilm(Physics):
    """A thin film between a metal and an ion conductor that cracks: R = (1 - D) R_0, i0 times 1 + (f - 1) D.

    R: area-specific resistance of the film, ohm m2, fed to the charge transfer as a film in series with it. R_0: of
    the intact film. D: damage of the interface, 1, of a cohesive law: 0 intact, 1 open.
    f: exchange current density where the film has cracked over that of the intact interface, 1: above one where the ion
    conductor reaches fresh metal, below one where contact is lost.
    Damage of a part between the two counts as cracked share of the area.
    Source: our assumption, as the simplest law between the two limits; for films that break and lay bare fresh metal,
    Peled, J. Electrochem. Soc. 126 (1979) 2047.
    """

    name = "cracked_film"
    references = ("peled1979electrochemical",)
    requires = (balance("charge"), DAMAGE)
    feeds = (FILM_RESISTANCE, EXCHANGE_CURRENT_FACTOR)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    resistance = Quantity("ohm*m^2", "area-specific resistance R_0 of the intact film", minimum="0 ohm*m^2")
    exchange_ratio = Number("exchange current density f where cracked over where intact", default="1", above=0)

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        damage = law.sum(DAMAGE)
        left = (1 - damage) * self.resistance
        law.feed(FILM_RESISTANCE, left)
        law.feed(EXCHANGE_CURRENT_FACTOR, 1 + (self.exchange_ratio - 1) * damage)
        law.output_range("cracked_film_resistance", left, "ohm*m^2", "resistance of the film that is left", mean=True)
