"""Queue 2 from one bank's side: its nearest deadline, and what it and each other bank owe one another there.

Belongs here: the few facts of 05 §6.9 and §6.11 that the queues keep no counter of. They are found once per agent and
state of the queue however many payments ask. Does not belong here: sizes and values of queues, which `core.queues`
counts, and the queue as a graph (`core.edges`).
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.codes import NONE
from paysim_engine.core.queues import zeros
from paysim_engine.core.state import State

TOP: Final[i64] = 5
"""How many counterparties the ranked fields of 05 §6.11 distinguish."""

OUT: Final[i64] = 0
"""Ranking by what the agent owes."""
IN: Final[i64] = 1
"""Ranking by what it is owed."""
NET: Final[i64] = 2
"""Ranking by the difference, its sign ignored."""


def name_hash(name: str) -> float:
    """The 64-bit FNV-1a hash of an agent id, as the nearest double (05 §6.11)."""
    value: int = 14695981039346656037
    for byte in name.encode():
        value = ((value ^ byte) * 1099511628211) % 2**64
    return float(value)


class Queue2View:
    """Answers for one agent at a time; `look` first. Amounts in cents, other agents by number."""

    def __init__(self, state: State) -> None:
        self.state: Final = state
        self.agent: i64 = NONE
        self.of_change: i64 = NONE
        """What `queues.changes2` was when the answers below were found, each when first asked for."""
        self.deadline: i64 = NONE
        self.ranked: list[bool] = [False, False, False]
        self.ranking: vec[i64] = zeros(3 * TOP)
        """Agents of each ranking, TOP places each; NONE in an empty place."""
        self.hashes: vec[float] = vec[float]()
        """Hash of each agent's id, -1 before it is asked for."""

    def look(self, agent: i64) -> None:
        """Turn to `agent`; earlier answers are kept if they still hold."""
        change = self.state.queues.changes2
        if agent == self.agent and change == self.of_change:
            return
        self.agent = agent
        self.of_change = change
        self.deadline = NONE
        for kind in range(3):
            self.ranked[kind] = False

    def nearest_deadline(self) -> i64:
        """Earliest deadline among the agent's payments in Queue 2; call only if it has some."""
        if self.deadline < 0:
            payments = self.state.payments
            row = self.state.queues.sender_head2[self.agent]
            nearest = payments.deadline[row]
            while row >= 0:
                if payments.deadline[row] < nearest:
                    nearest = payments.deadline[row]
                row = payments.sender_next[row]
            self.deadline = nearest
        return self.deadline

    def value_to(self, other: i64) -> i64:
        """Value in Queue 2 from the agent to `other`."""
        return self.state.graph.now().between(self.agent, other)

    def value_from(self, other: i64) -> i64:
        """Value in Queue 2 from `other` to the agent."""
        return self.state.graph.now().between(other, self.agent)

    def measure(self, kind: i64, other: i64) -> i64:
        """The value that the ranking `kind` shows for `other`."""
        if kind == OUT:
            return self.value_to(other)
        if kind == IN:
            return self.value_from(other)
        return self.value_to(other) - self.value_from(other)

    def counterparty(self, kind: i64, place: i64) -> i64:
        """The agent in `place` (0 is first) of the ranking `kind`, ties by ascending id; NONE if there is none."""
        if not self.ranked[kind]:
            self.rank(kind)
            self.ranked[kind] = True
        return self.ranking[kind * TOP + place]

    def rank(self, kind: i64) -> None:
        """Find the counterparties with the largest values of `kind` other than 0."""
        first = kind * TOP
        values = self.values(kind)
        sizes = zeros(TOP)
        for place in range(TOP):
            self.ranking[first + place] = NONE
        for other in range(self.state.agents):
            size = values[other]
            if size < 0:
                size = -size
            place = TOP - 1
            if size <= sizes[place]:
                continue
            while place > 0 and size > sizes[place - 1]:
                sizes[place] = sizes[place - 1]
                self.ranking[first + place] = self.ranking[first + place - 1]
                place -= 1
            sizes[place] = size
            self.ranking[first + place] = other

    def values(self, kind: i64) -> vec[i64]:
        """What `measure` says of every other agent."""
        edges = self.state.graph.now()
        values = zeros(self.state.agents)
        if kind != IN:
            for edge in range(edges.of_payer[self.agent], edges.of_payer[self.agent + 1]):
                values[edges.payee[edge]] += edges.total[edge]
        if kind != OUT:
            edges.turn()
            sign: i64 = 1 if kind == IN else -1
            for k in range(edges.payers_of[self.agent], edges.payers_of[self.agent + 1]):
                values[edges.payers[k]] += sign * edges.total[edges.incoming[k]]
        return values

    def hash_of(self, other: i64) -> float:
        """The hash of an agent's id."""
        if len(self.hashes) == 0:
            self.hashes = vec[float]([-1.0] * int(self.state.agents))
        if self.hashes[other] < 0.0:
            self.hashes[other] = name_hash(self.state.ledger.ids[other])
        return self.hashes[other]
