"""Elementary cycles in the graph of queued payments, in the order in which they are tried (D31).

Belongs here: the bounded depth-first enumeration. Does not belong here: payments or money; of an edge only its total
matters.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import NONE
from paysim_engine.core.edges import Edges
from paysim_engine.core.ordering import counting, grouped, ordered
from paysim_engine.core.queues import nones, zeros


class CycleSearch:
    """One enumeration.

    A cycle is written from its smallest agent, in both orientations if both exist; it has 3 to `longest` agents.
    At most `limit` cycles are enumerated; `truncated` says that there was a further one. A path is followed only where
    the way back to its start is short enough, so that a dense graph without cycles costs no more than its edges.

    Attributes:
        edges_of: edge numbers of all cycles found, one after the other, each from its smallest agent.
        start_of: where each cycle begins in `edges_of`, with a last entry for the end.
        order: the numbers of the cycles by descending total of their edges, then length, then agents.
    """

    def __init__(self, edges: Edges, agents: i64, longest: i64, limit: i64) -> None:
        self.edges: Final = edges
        self.agents: Final = agents
        self.longest: Final = longest
        self.limit: Final = limit
        self.truncated = False
        self.on_path: vec[i64] = zeros(agents)
        self.way_back: vec[i64] = nones(agents)
        """Edges from a node back to the present start, NONE if it is farther than a cycle is long."""
        self.last_edge: vec[i64] = zeros(agents)
        """The edge from a node to the present start, for nodes whose `way_back` is 1."""
        self.path: vec[i64] = zeros(longest)
        """Edges from the start to the present node."""
        self.edges_of: vec[i64] = vec[i64]()
        self.start_of: vec[i64] = append(vec[i64](), 0)
        self.falling: vec[i64] = vec[i64]()
        """Per cycle the total of its edges, negative: the largest comes first."""
        self.lengths: vec[i64] = vec[i64]()
        self.order: vec[i64] = vec[i64]()

    def run(self) -> None:
        """Enumerate the cycles and put them in order."""
        self.edges.turn()
        for start in range(self.agents):
            if self.edges.of_payer[start] < self.edges.of_payer[start + 1]:
                near = self.look_back(start)
                self.extend(start, start, 0, 0)
                for node in near:
                    self.way_back[node] = NONE
                if self.truncated:
                    break
        # The search meets cycles of one length in the order of their agents, so the number breaks the last tie.
        found = grouped(counting(len(self.lengths)), self.lengths, self.longest + 1)
        self.order = ordered(found, self.falling)

    def look_back(self, start: i64) -> vec[i64]:
        """Find the way back to `start` from every larger node, breadth first. Returns the nodes that have one."""
        edges = self.edges
        way_back = self.way_back
        way_back[start] = 0
        near = append(vec[i64](), start)
        at: i64 = 0
        while at < len(near):
            node = near[at]
            at += 1
            far = way_back[node] + 1
            if far >= self.longest:
                break
            for k in range(edges.payers_of[node], edges.payers_of[node + 1]):
                payer = edges.payers[k]
                if payer > start and way_back[payer] < 0:
                    way_back[payer] = far
                    self.last_edge[payer] = edges.incoming[k]
                    near = append(near, payer)
        return near

    def extend(self, start: i64, node: i64, depth: i64, total: i64) -> None:
        """Go on from `node`, reached over `depth` edges of this total."""
        edges = self.edges
        payees = edges.payee
        self.on_path[node] = 1
        for edge in range(edges.of_payer[node], edges.of_payer[node + 1]):
            payee = payees[edge]
            if payee < start:
                continue
            if payee == start:
                if depth >= 2:
                    self.path[depth] = edge
                    self.report(depth + 1, total + edges.total[edge])
            elif self.on_path[payee] == 0 and 0 < self.way_back[payee] < self.longest - depth:
                self.path[depth] = edge
                if depth + 2 == self.longest:
                    # The way back is one edge, and any other would be too far: no need to look for it among all.
                    last = self.last_edge[payee]
                    self.path[depth + 1] = last
                    self.report(self.longest, total + edges.total[edge] + edges.total[last])
                else:
                    self.extend(start, payee, depth + 1, total + edges.total[edge])
            if self.truncated:
                break
        self.on_path[node] = 0

    def report(self, length: i64, total: i64) -> None:
        """Keep the present path as a cycle, or note that the bound is reached."""
        if len(self.lengths) >= self.limit:
            self.truncated = True
            return
        found = self.edges_of
        for i in range(length):
            found = append(found, self.path[i])
        self.edges_of = found
        self.start_of = append(self.start_of, len(found))
        self.falling = append(self.falling, -total)
        self.lengths = append(self.lengths, length)
