"""The reference's own command line: which keys it never hands to its engine (06 §2, classes 2 and 3).

Belongs here: setting those keys back to the engine's defaults, for people who reproduce numbers obtained that way.
"""

from paysim_engine.scenario.problems import MISSING, Problem
from paysim_engine.scenario.sections.agents import DEFAULT_HAIRCUT
from paysim_engine.scenario.sections.escalation import Escalation
from paysim_engine.scenario.sections.scenario import Scenario

_AGENT = {"posted_collateral": 0, "collateral_haircut": DEFAULT_HAIRCUT, "limits": None}
_TOP = {
    "eod_rush_threshold": 0.8,
    "queue1_ordering": "fifo",
    "priority_mode": False,
    "algorithm_sequencing": False,
    "entry_disposition_offsetting": False,
    "daily_liquidity_reallocation": True,
}


def as_reference_cli(scenario: Scenario) -> tuple[Scenario, list[Problem]]:
    """The scenario as the reference's command line runs it, and a warning for every key that it drops."""
    top = {**_TOP, "priority_escalation": Escalation()}
    dropped = [name for name in top if name in scenario.model_fields_set]
    agents = []
    for i, agent in enumerate(scenario.agents):
        dropped += [f"agents[{i}].{name}" for name in _AGENT if name in agent.model_fields_set]
        agents.append(agent.model_copy(update=_AGENT))
    message = "dropped, as by the reference's command line; its engine's default applies"
    return (
        scenario.model_copy(update={**top, "agents": agents}),
        [Problem(path, MISSING, message) for path in dropped],
    )
