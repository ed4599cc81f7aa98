"""Pressure on the surface of a solid."""

from trona.plugin import BoundaryOption, Model, Physics, Quantity, balance


class Pressure(Physics):
    """Pressure from outside: sigma n = -p n at a boundary, with n its outward normal.

    p: pressure, Pa, positive when it pushes; constant, a table, or an expression of time and position. It acts on the
    surface as it is, also where the mesh moves. sigma: stress, Pa.
    Source: Hughes, The Finite Element Method, Dover 2000, section 2.7.
    """

    name = "pressure"
    references = ("hughes2000finite",)
    requires = (balance("momentum"),)

    boundary = BoundaryOption("boundary that it acts on")
    pressure = Quantity("Pa", "pressure", variables=None)

    def contribute(self, model: Model) -> None:
        model.balance("momentum").inflow(self.boundary, -self.pressure * model.symbols.n)
