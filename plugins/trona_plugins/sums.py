"""The sums that the built-in physics feed and read; import them to add to one, or to read it."""

from trona.plugin import Sum

INELASTIC_STRAIN = Sum("inelastic_strain", "1", "stress-free strain: creep, thermal and other", shape=(3, 3))
STRESS = Sum("stress", "Pa", "Cauchy stress", shape=(3, 3), symbol=r"\sigma")
JOULE_HEAT = Sum("joule_heat", "W/m^3", "ohmic heat of all currents", symbol=r"\dot{q}")
CATION_VALENCE = Sum(
    "cation_valence", "1", "charge number of the cations that carry the current; one unless given", product=True
)
REACTION_CURRENT = Sum(
    "reaction_current_density",
    "A/m^2",
    "current of the charge transfer, anodic (dissolving) positive",
    on="interface",
    symbol=r"j_\mathrm{r}",
)
SIDE_CURRENT = Sum(
    "side_current_density",
    "A/m^2",
    "current of the side reactions of a metal, which counts in the current of the electrode",
    on="interface",
)
METAL_DROP = Sum(
    "metal_drop", "V", "potential of the metal of a charge transfer minus that of the ions beside it", on="interface"
)
MECHANICAL_OVERPOTENTIAL = Sum(
    "mechanical_overpotential",
    "V",
    "shift of the equilibrium potential by stress and curvature, positive where it drives dissolution",
    on="interface",
    symbol=r"\eta_\sigma",
)
EXCHANGE_CURRENT_FACTOR = Sum(
    "exchange_current_factor",
    "1",
    "factors on the exchange current density, such as the free share of a surface",
    on="interface",
    product=True,
)
DAMAGE = Sum("damage", "1", "damage of an interface that cracks: 0 intact, 1 open", on="interface")
FILM_RESISTANCE = Sum(
    "film_resistance",
    "ohm*m^2",
    "resistance of films on the metal to the current of the charge transfer",
    on="interface",
)
GROWTH_VELOCITY = Sum(
    "growth_velocity", "m/s", "velocity of the surface of a metal towards the ion conductor", on="interface", symbol="v"
)
RECESSION_VELOCITY = Sum(
    "surface_recession_velocity", "m/s", "velocity at which the surface of a metal recedes by creep", on="interface"
)
SURFACE_DISPLACEMENT = Sum(
    "surface_displacement", "m", "displacement of a surface that the mesh does not follow", on="interface", rank=1
)
EXPOSED_SHARE = Sum(
    "exposed_share", "1", "factors on the share of a surface that the electrolyte reaches", on="boundary", product=True
)
