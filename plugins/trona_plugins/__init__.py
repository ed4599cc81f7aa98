"""The built-in physics, registered exactly as a third party registers its own."""

from pathlib import Path

from trona.plugin import OutputKind, Physics, PropertyForm, Reduction, hookimpl
from trona_plugins.arrhenius import Arrhenius
from trona_plugins.butler_volmer import ButlerVolmer
from trona_plugins.cahn_hilliard import CahnHilliard
from trona_plugins.capillary_fluctuations import CapillaryFluctuations
from trona_plugins.capillary_overpotential import CapillaryOverpotential
from trona_plugins.cohesive import Cohesive
from trona_plugins.contact import Contact
from trona_plugins.contact_resistance import ContactResistance
from trona_plugins.cracked_film import CrackedFilm
from trona_plugins.creep import Creep
from trona_plugins.creeping_flow import CreepingFlow
from trona_plugins.deposition_stress import DepositionStress
from trona_plugins.dilute_species import DiluteSpecies
from trona_plugins.eigenstrain import Eigenstrain
from trona_plugins.elasticity import Elasticity
from trona_plugins.electronic_charge import ElectronicCharge
from trona_plugins.film_stack import FilmStack
from trona_plugins.free_surface import FreeSurface
from trona_plugins.gas_bubbles import GasBubbles
from trona_plugins.growth import Growth
from trona_plugins.heat import Heat
from trona_plugins.inventory import Inventory
from trona_plugins.ionic_charge import IonicCharge
from trona_plugins.islands import Islands
from trona_plugins.joule_heating import JouleHeating
from trona_plugins.mechanical_overpotential import MechanicalOverpotential
from trona_plugins.output_kinds import (
    FieldOutput,
    FlowOutput,
    LineOutput,
    NumberOutput,
    OverpotentialOutput,
    ProbeOutput,
    ProfileOutput,
    ReducedOutput,
    VoltageOutput,
)
from trona_plugins.peltier import Peltier
from trona_plugins.platen import Platen
from trona_plugins.porous import Porous
from trona_plugins.pressure import Pressure
from trona_plugins.reductions import Integral, L2Norm, Maximum, Mean, Minimum, Ratio
from trona_plugins.regular_solution import RegularSolution
from trona_plugins.salt import Salt
from trona_plugins.sei_film import SeiFilm
from trona_plugins.sei_species import SeiSpecies
from trona_plugins.side_reaction import SideReaction
from trona_plugins.solvent_loss import SolventLoss
from trona_plugins.soret import Soret
from trona_plugins.species_reduction import SpeciesReduction
from trona_plugins.stretched_film import StretchedFilm
from trona_plugins.stripping_voids import StrippingVoids
from trona_plugins.surface_creep import SurfaceCreep
from trona_plugins.terminal import Terminal
from trona_plugins.thermal_expansion import ThermalExpansion
from trona_plugins.thermal_resistance import ThermalResistance
from trona_plugins.thermoelectric import Thermoelectric
from trona_plugins.vacancy_diffusion import VacancyDiffusion
from trona_plugins.vtf import VogelTammannFulcher


@hookimpl
def trona_api() -> str:
    return "1.1"


@hookimpl
def trona_physics() -> list[type[Physics]]:
    return [
        ButlerVolmer,
        CahnHilliard,
        CapillaryFluctuations,
        CapillaryOverpotential,
        Cohesive,
        Contact,
        ContactResistance,
        CrackedFilm,
        Creep,
        CreepingFlow,
        DepositionStress,
        DiluteSpecies,
        Eigenstrain,
        Elasticity,
        ElectronicCharge,
        FilmStack,
        FreeSurface,
        GasBubbles,
        Growth,
        Heat,
        Inventory,
        IonicCharge,
        Islands,
        JouleHeating,
        MechanicalOverpotential,
        Peltier,
        Platen,
        Pressure,
        Salt,
        SeiFilm,
        SeiSpecies,
        SideReaction,
        SolventLoss,
        Soret,
        SpeciesReduction,
        StretchedFilm,
        StrippingVoids,
        SurfaceCreep,
        Terminal,
        ThermalExpansion,
        ThermalResistance,
        Thermoelectric,
        VacancyDiffusion,
    ]


@hookimpl
def trona_property_forms() -> list[type[PropertyForm]]:
    return [Arrhenius, Porous, RegularSolution, VogelTammannFulcher]


@hookimpl
def trona_reductions() -> list[type[Reduction]]:
    return [Integral, L2Norm, Maximum, Mean, Minimum, Ratio]


@hookimpl
def trona_output_kinds() -> list[type[OutputKind]]:
    return [
        FieldOutput,
        FlowOutput,
        LineOutput,
        NumberOutput,
        OverpotentialOutput,
        ProbeOutput,
        ProfileOutput,
        ReducedOutput,
        VoltageOutput,
    ]


@hookimpl
def trona_data() -> Path:
    return Path(__file__).parent
