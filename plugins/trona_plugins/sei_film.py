"""The mass of a solid electrolyte interphase, and the resistance of the film that it forms."""

from trona.plugin import Balance, Contribution, Field, InterfaceOption, Physics, Quantity, UserError
from trona_plugins.sums import FILM_RESISTANCE


class SeiFilm(Physics):
    """Mass of a solid electrolyte interphase (SEI): dm/dt = sum_k W_k (s_prec,k - s_diss,k), m = rho delta.

    m: mass of the SEI per area of the interface, kg/m2. rho: its density, kg/m3. delta: its thickness, m, an unknown on
    the interface. W_k: molar mass of species k, kg/mol. s_prec,k, s_diss,k: rates at which k precipitates and
    dissolves, mol/m2/s; each `sei_species` adds one species.
    R = delta/kappa, ohm m2, is fed to the charge transfer at the interface as a film in series with the reaction.
    kappa: ionic conductivity of the SEI, S/m.
    The interface does not move: delta is small compared with the cell. A film that is used up has no meaning, so a time
    step that makes delta negative is refused.
    Source: Oh et al., RSC Appl. Interfaces 2026, 10.1039/d5lf00305a, eq. 1, where dissolution has to count as a loss;
    the resistance of a film and its parabolic growth: Peled, J. Electrochem. Soc. 126 (1979) 2047.
    """

    name = "sei_film"
    references = ("peled1979electrochemical",)
    feeds = (FILM_RESISTANCE,)
    provides = (
        Field(
            "sei_thickness",
            "m",
            "thickness of the SEI",
            on="interface",
            kind="surface",
            scale="1 nm",
            reference="10 nm",
            positive=True,
            usual=("1e-11 m", "1 mm"),
            symbol=r"\delta",
        ),
        Balance("sei_mass", "kg/m^2/s", "sei_thickness", "mass of the SEI", quantity="SEI"),
    )

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    density = Quantity("kg/m^3", "density of the SEI", above="0 kg/m^3", usual=("100 kg/m^3", "2e4 kg/m^3"))
    conductivity = Quantity("S/m", "ionic conductivity of the SEI", above="0 S/m", usual=("1e-16 S/m", "100 S/m"))

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("an SEI grows over time; give 'time'")
        law = model.interface(self.interface)
        delta = model.field("sei_thickness")
        model.balance("sei_mass").storage(self.density * delta)
        resistance = delta / self.conductivity
        law.feed(FILM_RESISTANCE, resistance)
        law.output_range("sei_thickness", delta, "m", "thickness of the SEI", mean=True, symbol=r"\delta")
        law.output("sei_resistance_mean", resistance, "ohm*m^2", "mean area-specific resistance of the SEI", "mean")
