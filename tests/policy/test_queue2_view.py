"""Counterparties in Queue 2 (05 §6.11, D28), against a plain walk over the whole queue."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from paysim_engine.policy.queue2_view import IN, NET, OUT, Queue2View, name_hash
from tests.policy.worlds import World, computed, field, payment_value

AGENTS = "ABCDEFGH"

ENTRIES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 4), st.integers(1, 9)).filter(
        lambda e: e[0] != e[1]
    ),
    max_size=25,
)


def values(entries: list[tuple[int, int, int, int]], kind: int, agent: int) -> dict[int, int]:
    """The value of a ranking for every other agent, by looking at all entries."""
    out = {other: sum(e[2] for e in entries if e[:2] == (agent, other)) for other in range(8)}
    incoming = {other: sum(e[2] for e in entries if e[:2] == (other, agent)) for other in range(8)}
    if kind == OUT:
        return out
    return incoming if kind == IN else {other: out[other] - incoming[other] for other in range(8)}


@given(ENTRIES, st.sets(st.integers(0, 24)), st.lists(st.integers(0, 7), min_size=1, max_size=4))
def test_values_and_rankings_are_those_of_a_plain_walk(
    entries: list[tuple[int, int, int, int]], gone: set[int], askers: list[int]
) -> None:
    world = World(agents=AGENTS)
    view = Queue2View(world.state)
    rows = [world.released(sender=s, receiver=r, amount=amount, deadline=due) for s, r, amount, due in entries]
    check(view, entries, askers)
    for i in sorted(gone & set(range(len(rows)))):
        world.state.queues.leave_queue2(rows[i])
    check(view, [entry for i, entry in enumerate(entries) if i not in gone], askers)


def check(view: Queue2View, entries: list[tuple[int, int, int, int]], askers: list[int]) -> None:
    for agent in askers:
        view.look(agent)
        for kind in (OUT, IN, NET):
            expected = values(entries, kind, agent)
            assert [view.measure(kind, other) for other in range(8)] == list(expected.values())
            ranking = sorted((o for o in expected if expected[o]), key=lambda o: (-abs(expected[o]), o))
            assert [view.counterparty(kind, place) for place in range(5)] == [*ranking, -1, -1, -1, -1, -1][:5]
        deadlines = [entry[3] for entry in entries if entry[0] == agent]
        if deadlines:
            assert view.nearest_deadline() == min(deadlines)


def test_the_hash_is_fnv_1a() -> None:
    assert name_hash("") == float(14695981039346656037)
    assert name_hash("a") == float(0xAF63DC4C8601EC8C)
    assert name_hash("foobar") == float(0x85944171F73967E8)
    assert name_hash("é") == name_hash("é".encode().decode())


def test_fields_look_at_the_payments_receiver() -> None:
    world = World(agents="ABC")
    world.released(receiver=1, amount=10)
    world.released(receiver=2, amount=30)
    world.released(sender=1, receiver=0, amount=25)
    row = world.payment(receiver=1)
    ask: Callable[[str], int] = lambda name: payment_value(field(name), world, row)  # noqa: E731 -- short for many lines
    assert ask("my_q2_out_value_to_counterparty") == 10
    assert ask("my_q2_in_value_from_counterparty") == 25
    assert payment_value(computed("abs", value=field("my_bilateral_net_q2")), world, row) == 15
    assert ask("my_bilateral_net_q2") == 0  # -15, which is no tick
    assert [ask(f"my_q2_out_value_top_{k}") for k in (1, 2, 3)] == [30, 10, 0]
    assert [ask(f"my_q2_in_value_top_{k}") for k in (1, 2)] == [25, 0]
    assert ask("my_bilateral_net_q2_top_1") == 30
    small = computed("/", left=field("tx_counterparty_id"), right={"value": 2.0**10})
    assert payment_value(small, world, row) == int(name_hash("B") / 2**10)
    small = computed("/", left=field("top_cpty_1_id_hash"), right={"value": 2.0**10})
    assert payment_value(small, world, row) == int(name_hash("C") / 2**10)
    assert ask("top_cpty_3_id_hash") == 0
    assert [ask(name) for name in ("tx_is_top_counterparty", "lsm_run_rate_last_10_ticks")] == [0, 0]
