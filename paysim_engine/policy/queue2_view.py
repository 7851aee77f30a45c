"""Queue 2 from one bank's side: its nearest deadline, and what it and each other bank owe one another there.

Belongs here: the few facts of 05 §6.9 and §6.11 that the queues keep no counter of. They are found by walking the
agent's own part of Queue 2, once per agent and state of the queue however many payments ask. Does not belong here:
sizes and values of queues, which `core.queues` counts.
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
        self.state = state
        # The state of Queue 2 that the answers below belong to: it has changed if one of these differs.
        self.tick: i64 = NONE
        self.agent: i64 = NONE
        self.next_rank: i64 = NONE
        self.size: i64 = NONE
        # The answers, each found when first asked for.
        self.deadline: i64 = NONE
        self.knows_out = False
        self.out: vec[i64] = vec[i64]()
        self.generation: i64 = 0
        self.known_in: vec[i64] = vec[i64]()
        """Per other agent: the generation for which `incoming` holds."""
        self.incoming: vec[i64] = vec[i64]()
        self.ranked: list[bool] = [False, False, False]
        self.ranking: vec[i64] = zeros(3 * TOP)
        """Agents of each ranking, TOP places each; NONE in an empty place."""
        self.hashes: vec[float] = vec[float]()
        """Hash of each agent's id, -1 before it is asked for."""

    def look(self, agent: i64) -> None:
        """Turn to `agent`; earlier answers are kept if they still hold."""
        state = self.state
        queues = state.queues
        # Every payment that joins a queue takes a rank, and between two joins Queue 2 only shrinks.
        if (
            agent == self.agent
            and state.tick == self.tick
            and queues.next_rank == self.next_rank
            and queues.size2 == self.size
        ):
            return
        self.tick = state.tick
        self.agent = agent
        self.next_rank = queues.next_rank
        self.size = queues.size2
        self.deadline = NONE
        self.knows_out = False
        self.generation += 1
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
        if not self.knows_out:
            payments = self.state.payments
            self.out = zeros(self.state.agents)
            row = self.state.queues.sender_head2[self.agent]
            while row >= 0:
                self.out[payments.receiver[row]] += payments.remaining[row]
                row = payments.sender_next[row]
            self.knows_out = True
        return self.out[other]

    def value_from(self, other: i64) -> i64:
        """Value in Queue 2 from `other` to the agent."""
        if len(self.incoming) == 0:
            self.incoming = zeros(self.state.agents)
            self.known_in = zeros(self.state.agents)
        if self.known_in[other] != self.generation:
            payments = self.state.payments
            value: i64 = 0
            row = self.state.queues.sender_head2[other]
            while row >= 0:
                if payments.receiver[row] == self.agent:
                    value += payments.remaining[row]
                row = payments.sender_next[row]
            self.incoming[other] = value
            self.known_in[other] = self.generation
        return self.incoming[other]

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
        sizes = zeros(TOP)
        for place in range(TOP):
            self.ranking[first + place] = NONE
        for other in range(self.state.agents):
            size = self.measure(kind, other)
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

    def hash_of(self, other: i64) -> float:
        """The hash of an agent's id."""
        if len(self.hashes) == 0:
            self.hashes = vec[float]([-1.0] * int(self.state.agents))
        if self.hashes[other] < 0.0:
            self.hashes[other] = name_hash(self.state.ledger.ids[other])
        return self.hashes[other]
