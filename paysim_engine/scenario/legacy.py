"""Keys that the reference simulator ignores and its library contains: accepted with a warning (06 §12).

Belongs here: exactly that list. Nothing inside these keys is looked at, and none has an effect.
"""

from typing import Any

from paysim_engine.scenario.problems import MISSING, Problem

_TOP = {"cost_model": "Use cost_rates."}
_SIMULATION = {
    "lsm_enabled": "Use lsm_config.enable_bilateral and lsm_config.enable_cycles.",
    "lsm_frequency_ticks": "There is no equivalent: netting runs every tick.",
}
_ESCALATION = {"threshold_ticks": "Use start_escalating_at_ticks."}
_AGENT = {
    "bilateral_limits": "Use agents[].limits.bilateral_limits.",
    "multilateral_limit": "Use agents[].limits.multilateral_limit.",
    "overdraft_rate": "Use cost_rates.overdraft_bps_per_tick.",
    "delay_cost_per_tick": "Use cost_rates.delay_cost_per_tick_per_cent.",
}
_FROM_JSON = {"params": "Use policy.parameters."}
_CURVES = ("exponential", "step")


def without_legacy(data: dict[Any, Any]) -> tuple[dict[Any, Any], list[Problem]]:
    """The scenario without its legacy keys, and a warning for each. The data given stays as it is."""
    found: list[Problem] = []
    data = _without(data, _TOP, "", found)
    if isinstance(data.get("simulation"), dict):
        data["simulation"] = _without(data["simulation"], _SIMULATION, "simulation.", found)
    if isinstance(data.get("priority_escalation"), dict):
        data["priority_escalation"] = _escalation(data["priority_escalation"], found)
    if isinstance(data.get("agents"), list):
        data["agents"] = [_agent(agent, f"agents[{i}].", found) for i, agent in enumerate(data["agents"])]
    return data, found


def _without(mapping: dict[Any, Any], keys: dict[str, str], prefix: str, found: list[Problem]) -> dict[Any, Any]:
    found += [
        Problem(prefix + key, MISSING, "legacy key without effect", hint)
        for key, hint in keys.items()
        if key in mapping
    ]
    return {key: value for key, value in mapping.items() if key not in keys}


def _escalation(mapping: dict[Any, Any], found: list[Problem]) -> dict[Any, Any]:
    mapping = _without(mapping, _ESCALATION, "priority_escalation.", found)
    curve = mapping.get("curve")
    if isinstance(curve, str) and curve in _CURVES:
        found.append(Problem("priority_escalation.curve", curve, "the linear curve is used", "Only linear exists."))
        mapping["curve"] = "linear"
    return mapping


def _agent(agent: Any, prefix: str, found: list[Problem]) -> Any:
    if not isinstance(agent, dict):
        return agent
    agent = _without(agent, _AGENT, prefix, found)
    policy = agent.get("policy")
    if isinstance(policy, dict) and policy.get("type") == "FromJson":
        agent["policy"] = _without(policy, _FROM_JSON, f"{prefix}policy.", found)
    return agent
