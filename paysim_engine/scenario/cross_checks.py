"""Rules that span sections (06 §3).

Belongs here: agents named elsewhere, events beyond the end, settings that cancel each other. Does not belong here:
a rule within one section (`sections`).

The checks read the file as it was read, not the models, and pass over what is not of the expected shape: so they
find what they can in a file that has other mistakes, and one report tells all.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from paysim_engine.scenario.bounds import DRAWABLE_RATE, MOVED_MAX, readable
from paysim_engine.scenario.problems import MISSING, Problem
from paysim_engine.wording import join_path, show, suggestion

_ROLES = ("from_agent", "to_agent", "agent", "counterparty")
_PAIRS = (("from_agent", "to_agent"), ("agent", "counterparty"))
_LOG_SCALE = 100
"""Cents. A mean payment below one unit of currency is more likely the mean of a logarithm."""

_Streams = list[tuple[tuple[str | int, ...], dict[Any, Any]]]


def errors(data: dict[Any, Any]) -> Iterator[Problem]:
    """What makes the scenario as a whole unusable."""
    agents = _agents(data)
    ids = [name for _, agent in agents if (name := _id(agent)) is not None]
    known = _Known(ids)
    yield from _duplicate_ids(agents, ids)
    for i, agent in agents:
        for path, stream in _streams(i, agent):
            yield from _counterparties(path, stream, _id(agent), known, len(agents))
        yield from _limits(i, agent, known)
    for i, event in enumerate(_list(data.get("scenario_events"))):
        if isinstance(event, dict):
            yield from _event(i, event, known)
    yield from _moved(data)


def warnings(data: dict[Any, Any]) -> Iterator[Problem]:
    """What has no effect, or hardly the one intended."""
    for i, agent in _agents(data):
        for path, stream in _streams(i, agent):
            yield from _odd_stream(path, stream, _id(agent))
        yield from _odd_agent(i, agent)
    end = _end(data)
    for i, event in enumerate(_list(data.get("scenario_events"))):
        schedule = _mapping(_mapping(event).get("schedule"))
        key = "tick" if schedule.get("type") == "OneTime" else "start_tick"
        if end > 0 and number(schedule.get(key)) >= end:
            place = f"scenario_events[{i}].schedule.{key}"
            yield Problem(place, schedule[key], f"never fires: the run ends before tick {end:.0f}")


class _Known:
    """The ids of all agents, and the search for the one that was meant."""

    _SEARCHES = 50

    def __init__(self, ids: list[str]) -> None:
        self.ids = dict.fromkeys(ids)
        self._hints: dict[str, str] = {}

    def hint(self, name: str) -> str:
        """A hint for an unknown id; empty once so many were searched that the file is wrong as a whole."""
        if name not in self._hints:
            self._hints[name] = suggestion(name, list(self.ids), "agents") if len(self._hints) < self._SEARCHES else ""
        return self._hints[name]


def number(value: Any) -> float:
    """The finite number that a value stands for; 0 if it stands for none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return 0.0
    return result if math.isfinite(result) else 0.0


def _all_numbers(weights: dict[Any, Any]) -> bool:
    """Whether sums over the weights mean anything; if not, the section reports the weight in question."""
    return all(isinstance(weight, int | float) and not isinstance(weight, bool) for weight in weights.values())


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _agents(data: dict[Any, Any]) -> list[tuple[int, dict[Any, Any]]]:
    return [(i, agent) for i, agent in enumerate(_list(data.get("agents"))) if isinstance(agent, dict)]


def _id(agent: dict[Any, Any]) -> str | None:
    """The id, if it is one; anything else matches no key."""
    name = agent.get("id")
    return name if isinstance(name, str) else None


def _streams(i: int, agent: dict[Any, Any]) -> _Streams:
    """The arrival configuration or the bands of an agent, each with its path."""
    streams: _Streams = []
    if isinstance(agent.get("arrival_config"), dict):
        streams.append((("agents", i, "arrival_config"), agent["arrival_config"]))
    for name in ("urgent", "normal", "low"):
        band = _mapping(agent.get("arrival_bands")).get(name)
        if isinstance(band, dict):
            streams.append((("agents", i, "arrival_bands", name), band))
    return streams


def _duplicate_ids(agents: list[tuple[int, dict[Any, Any]]], ids: list[str]) -> Iterator[Problem]:
    counts = Counter(ids)
    if any(count > 1 for count in counts.values()):
        repeated = [name for name in ids if counts[name] > 1]
        for name in dict.fromkeys(repeated):
            places = [f"agents[{i}]" for i, agent in agents if agent.get("id") == name]
            message = f"Duplicate agent IDs found, in {', '.join(places)}"
            yield Problem(f"{places[1]}.id", name, message)


def _unknown(path: tuple[str | int, ...], name: Any, what: str, known: _Known) -> Problem:
    return Problem(join_path(path), MISSING, f"{what}: {show(name)}", known.hint(name))


def _counterparties(
    path: tuple[str | int, ...], stream: dict[Any, Any], own: str | None, known: _Known, agents: int
) -> Iterator[Problem]:
    if agents == 1:
        yield Problem(join_path(path), MISSING, "generates payments, but there is no other agent to pay")
        return
    weights = _mapping(stream.get("counterparty_weights"))
    path = (*path, "counterparty_weights")
    for name in weights.keys() - known.ids.keys():
        if isinstance(name, str):
            yield _unknown((*path, name), name, f"agent {own} references unknown counterparty", known)
    amounts = {name: number(weight) for name, weight in weights.items()} if _all_numbers(weights) else {}
    if amounts and not any(amount > 0 for name, amount in amounts.items() if name != own):
        if amounts.get(own, 0.0) > 0:
            yield Problem(join_path(path), MISSING, "no agent but the sender itself has a positive weight")
        else:
            yield Problem(join_path(path), MISSING, "counterparty_weights must sum to positive value")


def _limits(i: int, agent: dict[Any, Any], known: _Known) -> Iterator[Problem]:
    limits = _mapping(_mapping(agent.get("limits")).get("bilateral_limits"))
    path = ("agents", i, "limits", "bilateral_limits")
    for name in limits:
        if isinstance(name, str) and name not in known.ids:
            yield _unknown((*path, name), name, "limit towards an unknown agent", known)
        elif name == agent.get("id"):
            yield Problem(join_path((*path, name)), MISSING, "limit of an agent towards itself")


def _event(i: int, event: dict[Any, Any], known: _Known) -> Iterator[Problem]:
    for role in _ROLES:
        name = event.get(role)
        if isinstance(name, str) and name not in known.ids:
            what = f"Scenario event {i} references unknown {role}"
            yield _unknown(("scenario_events", i, role), name, what, known)
    for one, other in _PAIRS:
        if isinstance(event.get(one), str) and event[one] == event.get(other):
            yield Problem(f"scenario_events[{i}].{other}", event[other], f"must not be the same agent as {one}")


def _moved(data: dict[Any, Any]) -> Iterator[Problem]:
    """Amounts that are sound one by one, and fire until their sum is no amount any more."""
    end, total = _end(data), 0.0
    for event in map(_mapping, _list(data.get("scenario_events"))):
        schedule = _mapping(event.get("schedule"))
        interval = number(schedule.get("interval"))
        times = max(0, math.ceil((end - number(schedule.get("start_tick"))) / interval)) if interval > 0 else 1
        total += times * (abs(number(event.get("amount"))) + abs(number(event.get("delta"))))
    if total > MOVED_MAX:
        message = f"amounts and deltas, each as often as it fires, add up to more than {readable(MOVED_MAX)} cents"
        yield Problem("scenario_events", MISSING, message, "Fire less often, or move less.")


def _end(data: dict[Any, Any]) -> float:
    """The tick after the last; 0 if the file does not say."""
    simulation = _mapping(data.get("simulation"))
    return number(simulation.get("ticks_per_day")) * number(simulation.get("num_days"))


def _odd_stream(path: tuple[str | int, ...], stream: dict[Any, Any], own: str | None) -> Iterator[Problem]:
    if own is not None and own in _mapping(stream.get("counterparty_weights")):
        place = join_path((*path, "counterparty_weights", own))
        yield Problem(place, MISSING, "the sender's own weight has no effect")
    if number(stream.get("rate_per_tick")) > DRAWABLE_RATE:
        message = f"more than {DRAWABLE_RATE:.0f} payments per tick cannot be drawn: the generator saturates near 745"
        yield Problem(join_path((*path, "rate_per_tick")), stream["rate_per_tick"], message)
    amounts = _mapping(stream.get("amount_distribution"))
    if amounts.get("type") == "LogNormal" and 0 < number(amounts.get("mean")) < _LOG_SCALE:
        yield Problem(
            join_path((*path, "amount_distribution", "mean")),
            amounts["mean"],
            f"the mean payment is below {_LOG_SCALE} cents",
            "Did you give log-scale parameters? mean and std_dev are those of the amount itself, in cents.",
        )


def _odd_agent(i: int, agent: dict[Any, Any]) -> Iterator[Problem]:
    fraction = agent.get("liquidity_allocation_fraction")
    if fraction is not None and agent.get("liquidity_pool") is None:
        path = f"agents[{i}].liquidity_allocation_fraction"
        yield Problem(path, fraction, "has no effect without liquidity_pool")
    capacity = agent.get("max_collateral_capacity")
    limit = 10 * number(agent.get("unsecured_cap")) if capacity is None else number(capacity)
    posted = number(agent.get("posted_collateral"))
    if 0 <= limit < posted:
        message = f"is above the collateral capacity of {limit:.0f} cents; no more can be posted"
        yield Problem(f"agents[{i}].posted_collateral", agent["posted_collateral"], message)
