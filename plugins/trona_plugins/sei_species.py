"""A species of which a solid electrolyte interphase consists: how it precipitates and dissolves."""

from trona.plugin import (
    Choice,
    Contribution,
    Expression,
    InterfaceLaw,
    InterfaceOption,
    Number,
    Physics,
    Quantity,
    Text,
    UserError,
    balance,
)
from trona_plugins.drops import SIDE_REACTION, VOLTAGE
from trona_plugins.sums import METAL_DROP

_NEEDS = {
    "constant": ("precipitation",),
    "diffusion": ("diffusivity", "concentration"),
    "reaction": ("current_density",),
}


class SeiSpecies(Physics):
    """A species k of which an SEI consists: dm_k/dt = W_k (s_prec - s_diss), its part of the mass of the SEI.

    m_k: mass of the species per area of the interface, kg/m2.
    W_k: molar mass, kg/mol. s_prec, s_diss: rates at which it precipitates and dissolves, mol/m2/s. s_prec is
    - `constant`: given, as a number or as any expression of position, time and fields;
    - `diffusion`: D c/delta, what diffuses through the film itself, so that delta^2 grows linearly in time;
    - `reaction`: j/(n F), given the current density j of the reduction.
    D: diffusivity of the reactant in the film, m2/s. c: its concentration outside, mol/m3. delta: thickness of the SEI,
    m. n: electrons that a formula unit takes from the metal. F: Faraday constant, C/mol.
    j = n F s_prec, A/m2, is a cathodic current beside that of the charge transfer: it enters the balance of charge
    once, here, and deposits no metal. The currents that `butler_volmer` is given or reports do not include it.
    Source: Oh et al., RSC Appl. Interfaces 2026, 10.1039/d5lf00305a, eq. 1; the laws of growth: Peled, J. Electrochem.
    Soc. 126 (1979) 2047, and Single et al., ChemSusChem 11 (2018) 1950.
    """

    name = "sei_species"
    several = True
    references = ("peled1979electrochemical", "single2018identifying")
    requires = (balance("sei_mass"),)
    uses = (balance("charge"), balance("electronic_charge"), METAL_DROP)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    species = Text("name of the species, for its outputs")
    molar_mass = Quantity("kg/mol", "molar mass of a formula unit", above="0 kg/mol", usual=("1 g/mol", "1 kg/mol"))
    growth = Choice(tuple(_NEEDS), "what limits the precipitation", default="constant")
    precipitation = Quantity("mol/m^2/s", "rate of precipitation, if constant", default=None, minimum="0 mol/m^2/s")
    diffusivity = Quantity(
        "m^2/s",
        "diffusivity of the reactant in the SEI, if diffusion limits",
        default=None,
        minimum="0 m^2/s",
        usual=("1e-26 m^2/s", "1e-8 m^2/s"),
    )
    concentration = Quantity(
        "mol/m^3",
        "concentration of the reactant outside the SEI, if diffusion limits",
        default=None,
        minimum="0 mol/m^3",
    )
    current_density = Quantity(
        "A/m^2", "current density of the reduction, if reaction limits", default=None, minimum="0 A/m^2"
    )
    electrons = Number(
        "electrons n that a formula unit takes from the metal", default="0", minimum=0, usual=("0", "10")
    )
    dissolution = Quantity("mol/m^2/s", "rate of dissolution", default="0 mol/m^2/s", minimum="0 mol/m^2/s")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        faraday = model.constant("faraday_constant")
        rate = self._precipitation(model)
        model.balance("sei_mass").source(self.molar_mass * (rate - self.dissolution))
        if self.electrons:
            self._reduce(model, law, self.electrons * faraday * rate)
        law.output(f"precipitation_{self.species}", rate, "mol/m^2/s", f"mean precipitation of {self.species}", "mean")

    def _precipitation(self, model: Contribution) -> Expression:
        """Return s_prec, and refuse options that belong to another law."""
        for law, names in _NEEDS.items():
            for name in names:
                if law == self.growth and getattr(self, name) is None:
                    raise UserError(f"growth: {law} needs {name}")
                if law != self.growth and getattr(self, name) is not None:
                    raise UserError(f"{name} is for growth: {law}, not {self.growth}")
        if self.growth == "constant":
            return self.precipitation
        if self.growth == "diffusion":
            return self.diffusivity * self.concentration / model.field("sei_thickness")
        if not self.electrons:
            raise UserError("growth: reaction needs electrons above 0")
        return self.current_density / (self.electrons * model.constant("faraday_constant"))

    def _reduce(self, model: Contribution, law: InterfaceLaw, current: Expression) -> None:
        """Let the current j of the reduction pass from the ion conductor into the metal."""
        if not law.plus.has("charge"):
            raise UserError(
                f"electrons pass into {law.plus.block}, where no charge is solved; add it to 'ionic_charge'"
            )
        metal = model.balance("electronic_charge") if law.minus.has("electronic_charge") else None
        law.exchange(-current, minus=metal, plus=model.balance("charge"))
        law.drop(VOLTAGE, SIDE_REACTION, -current * law.sum(METAL_DROP))
        text = f"mean current density of the reduction to {self.species}, cathodic"
        law.output(f"parasitic_current_{self.species}", current, "A/m^2", text, "mean")
