"""Generated payments, and what scenario events change about them (02 §2, §3.4 with D5-D8).

Belongs here: who sends how much to whom each tick. Does not belong here: the distributions (`sampling`), and
payments that a scenario or a user submits (`submission`).
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import GENERATED
from paysim_engine.core.config import ArrivalConfig
from paysim_engine.core.numbers import round_half_away, saturate
from paysim_engine.core.queues import nones
from paysim_engine.core.rng import Generator
from paysim_engine.core.sampling import AmountSampler, draw_priority
from paysim_engine.core.state import State
from paysim_engine.core.submission import capped_deadline, enter
from paysim_engine.core.weighted import Weights

AMOUNT_BOUND: Final[i64] = 10**13
"""Largest amount in cents a draw may give (D40)."""
WINDOW_BOUND: Final[i64] = 2**60
"""Ticks beyond which a deadline window is not stretched, however often a change repeats: sums of ticks fit 64 bits."""


def equal(some: vec[float], others: vec[float]) -> bool:
    """Whether two columns hold the same numbers."""
    if len(some) != len(others):
        return False
    same: i64 = 0
    while same < len(some) and some[same] == others[same]:
        same += 1
    return same == len(some)


class Stream:
    """One stream of payments of one agent: its plain configuration, or one band, as it stands now."""

    def __init__(self, agent: i64, config: ArrivalConfig, is_band: bool, receivers: Weights) -> None:
        self.agent: i64 = agent
        self.config: Final = config
        self.is_band: Final = is_band
        self.base_rate = config.rate
        self.rate = config.rate
        self.low: i64 = config.deadline_min
        self.high: i64 = config.deadline_max
        self.amounts: Final = AmountSampler(config.amount)
        self.receivers = receivers
        """Weight of each candidate receiver; all 0 means a uniform choice. Streams with equal weights share them."""
        self.reweighted = False
        """Whether the weights are no longer those of the configuration."""

    def scale_window(self, low_factor: float, high_factor: float) -> None:
        """Scale the deadline window; a factor below 0 leaves its end alone. An inverted window is clamped (D7)."""
        if low_factor >= 0.0:
            self.low = min(saturate(round_half_away(float(self.low) * low_factor)), WINDOW_BOUND)
        if high_factor >= 0.0:
            self.high = min(saturate(round_half_away(float(self.high) * high_factor)), WINDOW_BOUND)
        if self.high < self.low:
            self.high = self.low


class Arrivals:
    """The generator of payments. Streams are in order of agent, then band."""

    def __init__(self, state: State, rng: Generator) -> None:
        self.state: Final = state
        self.rng: Final = rng
        self.streams: list[Stream] = []
        self.order: vec[i64] = vec[i64]()
        """The agents in the order of the configuration. Without the sender they are its candidates (02 §2.3)."""
        self.position: vec[i64] = nones(state.agents)
        """Where each agent stands in that order."""
        self.clamped_draws: i64 = 0

    def set_order(self, in_config_order: list[int]) -> None:
        """Say in which order the agents stand in the configuration."""
        for agent in in_config_order:
            self.position[agent] = len(self.order)
            self.order = append(self.order, agent)

    def add_stream(self, agent: i64, config: ArrivalConfig, is_band: bool) -> None:
        """Add a stream; agents must come in ascending order, bands as urgent, normal, low."""
        ids = self.state.ledger.ids
        weights: vec[float] = vec[float]()
        for other in self.order:
            if other != agent:
                weights = append(weights, config.weights.get(ids[other], 0.0))
        receivers = self.streams[-1].receivers if len(self.streams) > 0 else None
        if receivers is None or not equal(receivers.weights, weights):
            receivers = Weights(weights)
        self.streams.append(Stream(agent, config, is_band, receivers))

    def generate(self) -> i64:
        """Create this tick's payments and their `Arrival` events. Returns how many."""
        state = self.state
        rng = self.rng
        tick = state.tick
        order = self.order
        candidates: i64 = len(order) - 1
        count: i64 = 0
        for stream in self.streams:
            n = rng.poisson(stream.rate)
            if n == 0:
                continue
            count += n
            config = stream.config
            own = self.position[stream.agent]
            receivers = stream.receivers
            amounts = stream.amounts
            for _payment in range(n):  # not `_`, which mypyc keeps as an object
                amount = amounts.draw(rng)
                if amount > AMOUNT_BOUND:
                    amount = AMOUNT_BOUND
                    self.clamped_draws += 1
                if receivers.total > 0.0:
                    candidate = receivers.find(rng.next_float() * receivers.total)
                else:
                    candidate = rng.range(0, candidates)
                receiver = order[candidate if candidate < own else candidate + 1]
                deadline = capped_deadline(state, tick + rng.range(stream.low, stream.high + 1))
                priority = draw_priority(rng, config.priority)
                enter(state, stream.agent, receiver, amount, deadline, priority, False, GENERATED)
        return count

    # ---- changes by scenario events; each returns whether it reached a configuration (D7) ----

    def change_all_rates(self, multiplier: float) -> bool:
        """Set every rate to its base rate times `multiplier`."""
        for stream in self.streams:
            stream.rate = stream.base_rate * multiplier
        return len(self.streams) > 0

    def change_rate(self, agent: i64, multiplier: float) -> bool:
        """Multiply the agent's present rates; the result is also the new base."""
        reached = False
        for stream in self.streams:
            if stream.agent == agent:
                stream.rate *= multiplier
                stream.base_rate = stream.rate
                reached = True
        return reached

    def change_windows(self, low_factor: float, high_factor: float) -> bool:
        """Scale every deadline window."""
        for stream in self.streams:
            stream.scale_window(low_factor, high_factor)
        return len(self.streams) > 0

    def plain_stream(self, agent: i64) -> Stream | None:
        """The agent's plain configuration, None if it has bands or generates nothing."""
        for stream in self.streams:
            if stream.agent == agent and not stream.is_band:
                return stream
        return None

    def change_weight(self, agent: i64, other: i64, new: float, balance_others: bool) -> bool:
        """Set one weight; with `balance_others` rescale the rest to keep the total (D8). Bands stay as they are."""
        stream = self.plain_stream(agent)
        if stream is None:
            return False
        at = self.position[other]
        if at > self.position[agent]:
            at -= 1
        weights = stream.receivers.weights[:]
        old = weights[at]
        if balance_others:
            total = stream.receivers.total
            rest = total - old
            factor = 0.0 if rest == 0.0 or new >= total else (total - new) / rest
            for i in range(len(weights)):
                weights[i] = weights[i] * factor
        weights[at] = new
        stream.receivers = Weights(weights)
        stream.reweighted = True
        return True
