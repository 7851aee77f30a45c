"""Netting and the retry as the rules are written, step by step on plain lists (D26, D30-D32).

Belongs here: the rules to the letter, however slow; and, apart from them, what the largest feasible selection is by
trying them all. Does not belong here: anything of the engine.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product

Outcome = tuple[str, tuple[int, ...]]
"""A kind of settlement and the payments it settles, in the order of its event."""


@dataclass(frozen=True)
class Payment:
    """A payment in Queue 2. Its number is its place in the order of creation, not in the queue."""

    number: int
    sender: str
    receiver: str
    amount: int


@dataclass
class Bank:
    """What counts of a bank; `overdraft` is what it may owe."""

    balance: int
    overdraft: int = 0
    bilateral: dict[str, int] = field(default_factory=dict)
    multilateral: int | None = None
    paid: dict[str, int] = field(default_factory=dict)

    def available(self) -> int:
        return max(self.balance, 0) + max(self.overdraft - max(-self.balance, 0), 0)

    def over_bilateral(self, other: str, amount: int) -> bool:
        return other in self.bilateral and self.paid.get(other, 0) + amount > self.bilateral[other]

    def over_multilateral(self, amount: int) -> bool:
        return self.multilateral is not None and sum(self.paid.values()) + amount > self.multilateral

    def record(self, other: str, amount: int) -> None:
        self.paid[other] = self.paid.get(other, 0) + amount


Banks = dict[str, Bank]
Edge = tuple[str, str]


def outgoing(selected: Sequence[Payment], bank: str, other: str | None = None) -> int:
    return sum(p.amount for p in selected if p.sender == bank and other in (None, p.receiver))


def net(selected: Sequence[Payment], bank: str) -> int:
    return sum(p.amount for p in selected if p.receiver == bank) - outgoing(selected, bank)


def offending_edge(banks: Banks, selected: Sequence[Payment], bank: str) -> Edge | None:
    """The bilateral limit that a bank would exceed, as an edge."""
    for other in sorted({p.receiver for p in selected if p.sender == bank}):
        if banks[bank].over_bilateral(other, outgoing(selected, bank, other)):
            return bank, other
    return None


def has_problem(banks: Banks, selected: Sequence[Payment], bank: str) -> bool:
    """Whether a bank exceeds its multilateral limit or its liquidity."""
    return banks[bank].over_multilateral(outgoing(selected, bank)) or banks[bank].available() + net(selected, bank) < 0


def kernel(banks: Banks, queue: Sequence[Payment], required: Iterable[Edge] = ()) -> list[Payment]:
    """D30 as written: while something is wrong, deselect the last payment of the smallest bank with a problem."""
    edges = list(required)
    selected = list(queue)
    while selected:
        problem: Payment | None = None
        for bank in sorted(banks):
            edge = offending_edge(banks, selected, bank)
            own = [p for p in selected if p.sender == bank and (edge is None or p.receiver == edge[1])]
            if edge is not None or has_problem(banks, selected, bank):
                problem = own[-1]
                break
        if problem is None:
            return selected
        selected.remove(problem)
        if any(not any((p.sender, p.receiver) == edge for p in selected) for edge in edges):
            return []
    return []


def feasible(banks: Banks, selected: Sequence[Payment]) -> bool:
    """Whether a selection breaks no limit and leaves nobody without cover."""
    return not any(
        offending_edge(banks, selected, bank) is not None or has_problem(banks, selected, bank) for bank in banks
    )


def feasible_prefixes(banks: Banks, queue: Sequence[Payment]) -> Iterator[list[Payment]]:
    """Every feasible selection that takes of each sender's payments a beginning."""
    senders = sorted({p.sender for p in queue})
    of_sender = {sender: [p for p in queue if p.sender == sender] for sender in senders}
    for lengths in product(*(range(len(of_sender[sender]) + 1) for sender in senders)):
        taken = {p for sender, n in zip(senders, lengths, strict=True) for p in of_sender[sender][:n]}
        selected = [p for p in queue if p in taken]
        if feasible(banks, selected):
            yield selected


def elementary_cycles(edges: Iterable[Edge], longest: int) -> list[tuple[str, ...]]:
    """Every cycle of 3 to `longest` distinct banks, in both orientations, each from its smallest bank."""
    present = set(edges)
    names = sorted({name for edge in present for name in edge})
    found = []
    for length in range(3, min(longest, len(names)) + 1):
        for path in permutations(names, length):
            if path[0] == min(path) and all((path[i], path[(i + 1) % length]) in present for i in range(length)):
                found.append(path)
    # Depth first from each bank, neighbours ascending: the order of the paths as tuples of names, ended paths first.
    return sorted(found)


@dataclass
class System:
    """Banks and Queue 2; `outcomes` says what settled, in order."""

    banks: Banks
    queue: list[Payment]
    outcomes: list[Outcome] = field(default_factory=list)
    truncated: bool = False

    def settle(self, kind: str, selected: Sequence[Payment]) -> None:
        """Settle together: outflows gross, balances by their nets."""
        for name, bank in self.banks.items():
            bank.balance += net(selected, name)
        for p in selected:
            self.banks[p.sender].record(p.receiver, p.amount)
            self.queue.remove(p)
        self.outcomes.append((kind, tuple(p.number for p in selected)))

    def retry(self) -> None:
        """Pass over the queue until a pass settles nothing (D26)."""
        again = True
        while again:
            again = False
            for p in list(self.queue):
                bank = self.banks[p.sender]
                over = bank.over_bilateral(p.receiver, p.amount) or bank.over_multilateral(p.amount)
                if p.amount <= bank.available() and not over:
                    self.settle("retry", [p])
                    again = True

    def on_edge(self, payer: str, payee: str) -> list[Payment]:
        return [p for p in self.queue if (p.sender, p.receiver) == (payer, payee)]

    def total(self, *edges: Edge) -> int:
        return sum(p.amount for edge in edges for p in self.on_edge(*edge))

    def bilateral(self) -> None:
        """Every pair with payments both ways, by descending mutual value."""
        edges = {(p.sender, p.receiver) for p in self.queue}
        pairs = [(a, b) for a, b in edges if a < b and (b, a) in edges]
        pairs.sort(key=lambda pair: (-min(self.total(pair), self.total(pair[::-1])), pair))
        for a, b in pairs:
            selected = kernel(self.banks, self.on_edge(a, b) + self.on_edge(b, a), [(a, b), (b, a)])
            if selected:
                self.settle("bilateral", selected)

    def cycles(self, longest: int, limit: int, left: int) -> int:
        """Cycles by descending total, length, banks. Returns how many may still settle in the tick."""
        if left == 0:
            return 0
        found = elementary_cycles({(p.sender, p.receiver) for p in self.queue}, longest)
        self.truncated = self.truncated or len(found) > limit
        candidates = [(path, list(zip(path, path[1:] + path[:1], strict=True))) for path in found[:limit]]
        candidates.sort(key=lambda entry: (-self.total(*entry[1]), len(entry[0]), entry[0]))
        for _, edges in candidates:
            if left == 0:
                break
            selected = kernel(self.banks, [p for edge in edges for p in self.on_edge(*edge)], edges)
            if selected and all(self.on_edge(*edge) for edge in edges):
                self.settle("cycle", selected)
                left -= 1
        return left

    def multilateral(self) -> None:
        """All of the queue at once."""
        selected = kernel(self.banks, self.queue)
        if len(selected) > 1:
            self.settle("multilateral", selected)

    def resolve(self, *, bilateral: bool, cycles: bool, multilateral: bool, longest: int, limit: int, cap: int) -> None:
        """The retry, and rounds of the algorithms until one settles nothing (D32)."""
        self.retry()
        while True:
            before = len(self.outcomes)
            if bilateral:
                self.bilateral()
            if cycles:
                cap = self.cycles(longest, limit, cap)
            if multilateral:
                self.multilateral()
            if len(self.outcomes) == before:
                return
            self.retry()
