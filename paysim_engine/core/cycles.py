"""Elementary cycles in the graph of queued payments, in the order in which they are tried (D31).

Belongs here: the bounded depth-first enumeration. Does not belong here: payments or money; the graph's edges carry
nothing but their total.
"""

from librt.vecs import vec
from mypy_extensions import i64


class CycleSearch:
    """One enumeration.

    A cycle is written from its smallest agent, in both orientations if both exist; it has 3 to `longest` agents.
    At most `limit` cycles are enumerated; `truncated` says that there was a further one.
    """

    def __init__(self, agents: i64, longest: i64, limit: i64) -> None:
        self.agents = agents
        self.longest = longest
        self.limit = limit
        self.truncated = False
        self.payees: list[list[i64]] = [[] for _ in range(agents)]
        self.totals: dict[int, int] = {}
        self.on_path: vec[i64] = vec[i64]([i64(0)] * int(agents))
        self.path: list[i64] = []
        self.found: list[tuple[int, int, list[i64]]] = []

    def add_edge(self, payer: i64, payee: i64, total: i64) -> None:
        """Add an edge; each pair once."""
        self.payees[payer].append(payee)
        self.totals[int(payer * self.agents + payee)] = int(total)

    def run(self) -> list[list[i64]]:
        """All cycles by descending total of their edges, then length, then agents."""
        for start in range(self.agents):
            self.payees[start].sort()
        for start in range(self.agents):
            if self.truncated:
                break
            if len(self.payees[start]) > 0:
                self.extend(start, start, 0)
        self.found.sort()
        return [entry[2] for entry in self.found]

    def extend(self, start: i64, node: i64, total: int) -> None:
        """Extend the path that ends before `node`; `total` is the sum of its edges."""
        self.path.append(node)
        self.on_path[node] = 1
        depth = len(self.path)
        for payee in self.payees[node]:
            if payee == start:
                if depth >= 3:
                    self.report(total + self.totals[int(node * self.agents + payee)])
            elif payee > start and depth < self.longest and self.on_path[payee] == 0:
                self.extend(start, payee, total + self.totals[int(node * self.agents + payee)])
            if self.truncated:
                break
        self.on_path[node] = 0
        self.path.pop()

    def report(self, total: int) -> None:
        """Keep the present path as a cycle, or note that the bound is reached."""
        if len(self.found) >= self.limit:
            self.truncated = True
        else:
            self.found.append((-total, len(self.path), list(self.path)))
