"""The top level of a scenario file (06 §§3, 5)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from paysim_engine.scenario.bounds import AGENTS_MAX, EVENTS_MAX
from paysim_engine.scenario.fields import Fraction, broken
from paysim_engine.scenario.sections.agents import Agent
from paysim_engine.scenario.sections.base import Section
from paysim_engine.scenario.sections.costs import Costs
from paysim_engine.scenario.sections.escalation import Escalation
from paysim_engine.scenario.sections.events import Event
from paysim_engine.scenario.sections.feature_toggles import CostToggles, PolicyToggles
from paysim_engine.scenario.sections.lsm import Lsm
from paysim_engine.scenario.sections.simulation import Simulation

_ORDERINGS = {
    **dict.fromkeys(("fifo", "Fifo", "FIFO"), "fifo"),
    **dict.fromkeys(("priority_deadline", "PriorityDeadline", "priority-deadline"), "priority_deadline"),
}


def _ordering(value: Any) -> Any:
    return _ORDERINGS.get(value, value) if isinstance(value, str) else value


def _some_agents(value: Any) -> Any:
    if isinstance(value, list) and not 1 <= len(value) <= AGENTS_MAX:
        raise broken(f"must list from 1 to {AGENTS_MAX} agents; it lists {len(value)}")
    return value


def _bounded(value: Any) -> Any:
    if isinstance(value, list) and len(value) > EVENTS_MAX:
        raise broken(f"must list at most {EVENTS_MAX} events; it lists {len(value)}")
    return value


class Scenario(Section):
    """A whole scenario. Every option of the engine is a key; those without a section of their own stand here."""

    simulation: Simulation
    agents: Annotated[list[Agent], BeforeValidator(_some_agents)]
    cost_rates: Costs = Field(default_factory=Costs)
    lsm_config: Lsm = Field(default_factory=Lsm)
    scenario_events: Annotated[list[Event] | None, BeforeValidator(_bounded)] = None
    deferred_crediting: bool = False
    deadline_cap_at_eod: bool = False
    policy_feature_toggles: PolicyToggles | None = None
    cost_feature_toggles: CostToggles | None = None
    eod_rush_threshold: Fraction = 0.8
    queue1_ordering: Annotated[Literal["fifo", "priority_deadline"], BeforeValidator(_ordering)] = "fifo"
    priority_mode: bool = False
    priority_escalation: Escalation = Field(default_factory=Escalation)
    algorithm_sequencing: bool = False
    entry_disposition_offsetting: bool = False
    daily_liquidity_reallocation: bool = True
