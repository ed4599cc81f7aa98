"""The metal of a charge transfer: its potential, given, solved for, or determined by a given current."""

from trona.plugin import Account, Contribution, Expression, Field, InterfaceLaw, Physics, Quantity, UserError

ELECTRODE_POTENTIAL = Field(
    "electrode_potential",
    "V",
    "potential of the metal",
    kind="global",
    scale="25 mV",
    when=("mean_current_density", "total_current"),
    symbol=r"\phi_\mathrm{e}",
)


class Electrode(Physics):
    """Part of `ButlerVolmer`: the potential of its metal and the balance of its electrons."""

    electrode_potential = Quantity(
        "V", "fixed potential of the metal", default="0 V", usual=("-10 V", "10 V"), variables=("t",)
    )
    mean_current_density = Quantity(
        "A/m^2",
        "mean current density of the electrode, anodic positive",
        default=None,
        usual=("-1e6 A/m^2", "1e6 A/m^2"),
        variables=("t",),
    )
    total_current = Quantity(
        "A",
        "total current of the electrode, anodic positive (in a plane: A per metre of depth)",
        default=None,
        variables=("t",),
    )

    def electrode(self, model: Contribution, law: InterfaceLaw) -> tuple[Expression, Account | None]:
        """Return the potential of the metal and the balance that its electrons belong to, if one is solved."""
        ways = ("electrode_potential", "mean_current_density", "total_current")
        told = {way: getattr(self, way) if way in self.options.given else None for way in ways}
        if law.minus.has("electronic_charge"):
            for way, value in told.items():
                if value is not None:
                    raise UserError(f"{way} cannot be given here: electronic_charge is solved in {law.minus.block}")
            return law.minus.field("electrode_potential"), model.balance("electronic_charge")
        given = model.alternatives(told, required=False)
        if set(given) <= {"electrode_potential"}:
            return self.electrode_potential, None
        return model.field("electrode_potential"), None

    def control(self, model: Contribution, law: InterfaceLaw, current: Expression, phi_s: Expression) -> None:
        """Let the potential of the metal be what makes the `current` the given one, where one is given."""
        ways = [
            (current, target, mean)
            for target, mean in ((self.mean_current_density, True), (self.total_current, False))
            if target is not None
        ]
        if ways and "electrode_potential" in self.options.given:
            ways.append((phi_s, self.electrode_potential, True))
        for integrand, target, mean in ways:
            model.constrain_integral(phi_s, law, integrand, target, mean)
