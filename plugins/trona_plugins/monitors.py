"""The rates that built-in physics contribute to, and that a deck may ask its audit to follow."""

from trona.plugin import Monitor

ENTROPY_PRODUCTION = Monitor("entropy_production", "W/m^3/K", "rate at which entropy is produced", not_below_zero=True)
ELECTRIC_POWER = Monitor("electric_power", "W/m^3", "electric power that is dissipated")
