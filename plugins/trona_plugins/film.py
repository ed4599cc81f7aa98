"""A resistive film on a metal, which takes a part of the voltage of the charge transfer."""

from collections.abc import Callable

from trona.plugin import Balance, Contribution, Expression, Field, InterfaceLaw, Physics, Quantity, UserError
from trona_plugins.sums import FILM_RESISTANCE

REACTION_OVERPOTENTIAL = Field(
    "reaction_overpotential",
    "V",
    "overpotential behind the film",
    on="interface",
    kind="surface",
    scale="25 mV",
    when=("film_thickness", FILM_RESISTANCE),
)
FILM_CURRENT = Balance("film_current", "V", "reaction_overpotential", "potential difference across the film")


class Film(Physics):
    """Part of `ButlerVolmer`: its own film and those that other physics feed, in series with the reaction."""

    film_thickness = Quantity(
        "m", "thickness of a resistive film on the metal", default=None, above="0 m", usual=("1e-10 m", "1 mm")
    )
    film_conductivity = Quantity(
        "S/m", "ionic conductivity of that film", default=None, above="0 S/m", usual=("1e-16 S/m", "100 S/m")
    )

    def behind_films(
        self, model: Contribution, law: InterfaceLaw, drop: Expression, rate: Callable[[Expression], Expression]
    ) -> Expression:
        """Return the part of `drop`, V, that is left to the reaction: all of it where there are no films.

        Behind films it is an unknown, which makes their current and that of the reaction, `rate` of it, equal.
        """
        resistance = self._resistance(law)
        if resistance is None:
            return drop
        eta, kirchhoff = model.field("reaction_overpotential"), model.balance("film_current")
        kirchhoff.source(drop - eta)
        kirchhoff.source(-resistance * rate(eta))
        return eta

    def _resistance(self, law: InterfaceLaw) -> Expression | None:
        """Return the resistance of all films on the metal, None where there are none."""
        others = law.sum(FILM_RESISTANCE) if law.is_fed(FILM_RESISTANCE) else None
        if self.film_thickness is None:
            return others
        if self.film_conductivity is None:
            raise UserError("a film needs film_conductivity in addition to film_thickness")
        own = self.film_thickness / self.film_conductivity
        return own if others is None else own + others
