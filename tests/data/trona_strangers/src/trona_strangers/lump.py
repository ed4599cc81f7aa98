"""A well-mixed body beside a boundary, with one temperature."""

from trona.plugin import BoundaryOption, Contribution, Physics, Quantity, UserError, balance


class LumpedTemperature(Physics):
    """One temperature for what lies beyond a boundary: C dT_l/dt = mean of h (T - T_l); h (T_l - T) enters the body.

    T_l: temperature, K, one unknown number. T: temperature of the body at the boundary, K. h: heat transfer
    coefficient, W/m2/K. C: heat capacity per area of the boundary, J/m2/K.
    Source: Incropera and DeWitt, Fundamentals of Heat and Mass Transfer, 7th ed., section 5.1.
    """

    name = "lumped_temperature"
    references = ("incropera2011fundamentals",)
    requires = (balance("energy"),)

    boundary = BoundaryOption("boundary beside which it lies")
    heat_capacity = Quantity("J/m^2/K", "heat capacity per area", above="0 J/m^2/K")
    transfer = Quantity("W/m^2/K", "heat transfer coefficient", minimum="0 W/m^2/K")

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("a lumped temperature changes in time; give 'time'")
        law = model.boundary(self.boundary)
        lump = model.add_global("lumped_temperature", "K", "temperature of the well-mixed body", scale="10 K")
        enters = self.transfer * (lump - model.field("temperature"))
        model.balance("energy").inflow(self.boundary, enters)
        stored = self.heat_capacity * model.rate("lumped_temperature")
        model.constrain_integral(lump, law, stored + enters, 0 * enters, mean=True)
