"""The drop of the potential between two ends, to which each physics that takes a part of it says so."""

from trona.plugin import Drop

VOLTAGE = Drop("voltage", "V", "charge", "voltage")
CHARGE_TRANSFER = "charge transfer"
CONCENTRATION = "concentration"
CONTACT = "contact"
CURVATURE = "curvature"
EQUILIBRIUM = "equilibrium"
FILM = "film"
OHMIC = "ohmic"
SIDE_REACTION = "side reaction"
STRESS_SHIFT = "stress"
THERMOELECTRIC = "thermoelectric"
