"""The one normal form of a scenario, and its fingerprint.

Belongs here: defaults filled in, one spelling for everything that has several, policies inlined. What it gives is a
scenario file's content again and loads to the same fingerprint. Does not belong here: checks.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from paysim_engine.scenario.policy_documents import AgentPolicy
from paysim_engine.scenario.sections.feature_toggles import CostToggles, PolicyToggles
from paysim_engine.scenario.sections.scenario import Scenario


def resolve(scenario: Scenario, policies: Mapping[int, AgentPolicy]) -> dict[str, Any]:
    """The whole scenario as JSON values, each meaning in one spelling only.

    Documents from files and texts stand inline; built-in policy types stay named, because they mean more than their
    document (D34, 06 §13). Keys that would be null are left out.

    Args:
        scenario: The validated scenario.
        policies: The policy of each agent, by position in the list.
    """
    # `decision_trees` is left out of the dump: the shelf's documents have the overrides in them.
    document_keys = {"json_path", "decision_trees", "json_string", "parameters"}
    resolved = scenario.model_dump(
        by_alias=True, exclude_none=True, exclude={"agents": {"__all__": {"policy": document_keys}}}
    )
    costs = resolved["cost_rates"]
    costs["eod_penalty"] = costs.pop("eod_penalty_per_transaction", costs["eod_penalty"])
    for name, toggles in (
        ("policy_feature_toggles", scenario.policy_feature_toggles),
        ("cost_feature_toggles", scenario.cost_feature_toggles),
    ):
        if toggles is not None:
            resolved[name] = _toggles(toggles)
    for i, agent in enumerate(resolved["agents"]):
        _normalise(agent)
        if not policies[i].built_in:
            agent["policy"] = {"type": "Inline", "decision_trees": policies[i].document}
    return resolved


def _toggles(toggles: PolicyToggles | CostToggles) -> dict[str, list[str]]:
    return {name: sorted(set(names)) for name, names in toggles.model_dump(exclude_none=True).items()}


def _normalise(agent: dict[str, Any]) -> None:
    """Two ways to say the same become one; what has no effect goes."""
    if "liquidity_pool" in agent:
        agent.setdefault("liquidity_allocation_fraction", 1.0)
    else:
        agent.pop("liquidity_allocation_fraction", None)
    arrivals = agent.get("arrival_config")
    if arrivals is not None:
        priority = arrivals.pop("priority")
        arrivals.setdefault("priority_distribution", {"type": "Fixed", "value": priority})
    if agent.get("limits") == {"bilateral_limits": {}}:
        del agent["limits"]


def fingerprint(resolved: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the compact JSON with sorted keys."""
    text = json.dumps(resolved, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
