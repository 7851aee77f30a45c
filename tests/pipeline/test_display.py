"""What the report of a run says, and how it is laid out."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from paysim_engine.record.schema import EVENT_CODE
from paysim_engine.scenario import load_scenario
from paysim_pipeline.display.describe import WORDS, describe
from paysim_pipeline.display.filters import EventFilter
from paysim_pipeline.display.live import LiveSource
from paysim_pipeline.display.report import report
from paysim_pipeline.display.rows import number
from paysim_pipeline.display.sections import (
    AFTER,
    ARRIVALS,
    BANK,
    BEFORE,
    COSTS,
    CREDITS,
    DAY_END,
    DECISIONS,
    ESCALATION,
    NETTING,
    OVERDUE,
    POOL,
    QUEUE2,
    SCENARIO,
    SETTLEMENT,
    TIMERS,
    sections_of,
)
from paysim_pipeline.display.sink import Sink
from paysim_pipeline.display.source import Payment, Run
from paysim_pipeline.display.stored import StoredSource
from paysim_pipeline.display.tables import columns
from paysim_pipeline.display.tally import Tally
from paysim_pipeline.simulate import ScenarioRun
from paysim_pipeline.warehouse.connection import reader
from paysim_pipeline.warehouse.errors import WarehouseError
from tests.conftest import ROOT
from tests.pipeline.shown import GOLDEN, SMALL, Kept, Shown, report_of, shown


def live(path: Path) -> Kept:
    return Kept(LiveSource(ScenarioRun(load_scenario(path)), "shown"))


@pytest.fixture(scope="module")
def gridlock() -> list[str]:
    return report_of(live(ROOT / "scenarios" / "gridlock.yaml"))


@pytest.fixture(scope="module")
def stress(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return shown(ROOT / "scenarios" / "liquidity_stress.yaml", tmp_path_factory.mktemp("stress"))


def golden(group: str, name: str) -> str:
    """The report of a recorded case, as one text."""
    return "\n".join(report_of(live(GOLDEN / group / name / "scenario.yaml")))


# ---- words


def test_every_type_of_event_has_words() -> None:
    assert set(WORDS) == set(EVENT_CODE)


def test_every_type_of_event_has_a_section() -> None:
    for kind in EVENT_CODE:
        event: dict[str, Any] = {
            "event_type": kind,
            "origin": "generated",
            "layer": "strategic",
            "tx_id": "t",
            "reason": "",
        }
        event |= {"release_reason": "liquidity_available", "decision_path": None}
        assert sections_of([event]) != [""], kind


def test_a_cycle_names_participants_gross_and_net(gridlock: list[str]) -> None:
    at = next(i for i, line in enumerate(gridlock) if "#47" in line)
    assert gridlock[at - 1 : at + 7] == [
        "  Liquidity saving (LSM): cycle 3 (1,430.00)",
        "    #47  cycle  EAST → WEST → SOUTH → EAST  1,430.00  3 payments; liquidity used 50.00, saved 1,380.00",
        "        EAST   pays 450.00  receives 500.00  net +50.00",
        "        SOUTH  pays 500.00  receives 480.00  net -20.00",
        "        WEST   pays 480.00  receives 450.00  net -30.00",
        "        tx_00000008  EAST → WEST   450.00",
        "        tx_00000006  WEST → SOUTH  480.00",
        "        tx_00000007  SOUTH → EAST  500.00",
    ]


def test_a_quiet_tick_is_left_out(gridlock: list[str]) -> None:
    shown_ticks = [int(tick) for line in gridlock for tick in re.findall(r"^── tick (\d+)", line)]
    assert shown_ticks == [1, 4, 6, 11]


def test_one_day_is_not_summed_up_twice(gridlock: list[str], stress: Shown) -> None:
    assert [line for line in gridlock if "in all" in line] == []
    lines = report_of(stress.live)
    assert [line.split(" in all")[0] for line in lines if "in all" in line] == ["══ day 0", "══ day 1", "══ day 2"]


def test_the_whole_run_agrees_with_the_engine(stress: Shown) -> None:
    run = ScenarioRun(load_scenario(ROOT / "scenarios" / "liquidity_stress.yaml"))
    summary = run.play().summary
    lines = report_of(stress.live)
    end = lines[next(i for i, line in enumerate(lines) if "the whole run" in line) :]
    assert f"    arrived  {summary['total_arrivals']} payments" in "\n".join(end)
    assert f"    settled  {summary['total_settlements']} payments" in "\n".join(end)
    total = summary["total_cost"]
    assert any(line.startswith(f"    costs    {total // 100:,}.{total % 100:02d}: ") for line in end)
    for agent in summary["agents"]:
        cents = abs(agent["balance"])
        shown_balance = f"{'-' if agent['balance'] < 0 else ''}{cents // 100:,}.{cents % 100:02d}"
        assert any(re.match(rf" +{agent['id']} +{re.escape(shown_balance)} ", line) for line in end)


@pytest.mark.parametrize(
    ("group", "name", "said"),
    [
        ("micro", "d20_budget_per_tick", r"sets budget  \w+ +[\d,.]+  at most, to be released in this tick"),
        ("micro", "d20_budget_per_tick", r"holds +tx_\d+  \w+ → \w+ +[\d.]+  BudgetExhausted"),
        ("micro", "d35_post_is_clamped", r"posts  \w+  +[\d.]+  .*\(of [\d.]+ asked for\); posted 0.00 → "),
        ("micro", "d36_withdrawals_keep_credit_covered", r"Collateral timers: .*\n.*timer blocked "),
        ("micro", "d35_post_is_clamped", r"time is up for what was posted in tick \d+ \("),
        ("micro", "d11_overdue_at_start_of_tick", r"Payments that became overdue: "),
        ("micro", "d13_overdue_settled_on_every_path", r"settles at last: due in tick \d+, "),
        ("micro", "d17_staggered_split", r"splits +tx_\d+ .* into 3 parts: tx_\d+ tx_\d+ \(from tick \d+\)"),
        ("micro", "d09_scheduled_settlement", r"scheduled +tx_\d+ .* settled above"),
        ("micro", "d16_resubmit", r"declared RTGS priority None → Urgent"),
        ("micro", "r_limits", r"bilateral limit of \w+ towards \w+: [\d.]+ paid of [\d.]+"),
        ("micro", "d31_multilateral", r"multilateral  \d agents +[\d.]+  \d payments; liquidity used"),
        ("micro", "d27_entry_disposition", r"offsets on entry  A ⇄ B|offsets on entry  B ⇄ A"),
        ("micro", "d02_register_reset_order", r"sets register  \w+  bank_state_\w+ \d+ → \d+ \("),
        ("micro", "r_deferred_crediting", r"is credited  \w+  [\d.]+  for tx_\d+"),
        ("micro", "d34_pool_fraction", r"brings in  \w+ +[\d.]+  [\d.]+ of its pool; balance"),
        ("micro", "d33_algorithm_events", r"algorithm 1  retries of Queue 2: "),
        ("micro", "d38_six_cost_components", r"bears .*pool liquidity [\d.]+"),
        ("micro", "d24_escalation_scope", r"escalates  tx_\d+ .*priority \d+, at arrival \d+: \d+ ticks? to its"),
        ("micro", "d22_drop", r"drops +tx_\d+ "),
    ],
)
def test_it_is_said(group: str, name: str, said: str) -> None:
    assert re.search(said, golden(group, name))


def hold(seq: int, tx: int, reason: str = "Waiting", priority: int = 5) -> dict[str, Any]:
    event = {"event_seq": seq, "event_type": "PolicyHold", "tick": 0, "agent_id": "A", "tx_id": f"tx_{tx:08d}"}
    return {**event, "reason": reason, "priority": priority}


def test_many_holds_share_a_line_and_lose_nothing() -> None:
    payments = {f"tx_{i:08d}": Payment("A", "B", 100) for i in range(9)}
    rows = describe([*(hold(i, i, priority=i) for i in range(8)), hold(8, 8, "Other")], payments)
    assert [row.event_seqs for row in rows] == [(0, 7), (8, 8)]
    assert (rows[0].number, rows[0].value, rows[0].amount) == (8, 800, "8.00")
    assert " ".join(rows[0].more).split() == [word for i in range(8) for word in (f"tx_{i:08d}", f"({i})")]


def test_holds_with_a_gap_between_them_stay_apart() -> None:
    payments = {f"tx_{i:08d}": Payment("A", "B", 100) for i in range(9)}
    rows = describe([hold(i, i) for i in (0, 1, 2, 4, 5, 6, 7)], payments)
    assert [row.event_seqs for row in rows] == [(0, 0), (1, 1), (2, 2), (4, 7)]


def test_names_from_files_cannot_command_a_terminal() -> None:
    rows = describe([hold(0, 0, "\x1b[2Jgone\nnext")], {"tx_00000000": Payment("A\x1b[31m", "B", 1)})
    assert "\x1b" not in rows[0].note + rows[0].parties
    assert "\n" not in rows[0].note


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.1, "0.1"), (-2.0, "-2"), (1e300, "1e+300")])
def test_numbers_are_short_and_exact(value: float, text: str) -> None:
    assert number(value) == text
    assert float(text) == value


def test_columns_line_up_and_empty_ones_go() -> None:
    assert columns([("a", "", "1.00"), ("bc", "", "10.00")], "<<>") == ["a    1.00", "bc  10.00"]
    assert columns([("é́", "x"), ("日本", "y")], "<<")[0].index("x") > 0
    assert columns([], "<") == []


# ---- filters and states


def test_the_filter_of_an_agent_shows_its_accounts_only(stress: Shown) -> None:
    lines = report_of(stress.live, EventFilter(agent="METRO"))
    tables = [lines[i + 2] for i, line in enumerate(lines) if line.startswith("  Accounts")]
    assert tables
    assert all(line.lstrip().startswith("METRO ") for line in tables)
    assert not any(line.startswith("══") for line in lines)


def test_the_filter_of_types_shows_events_only(stress: Shown) -> None:
    lines = report_of(stress.live, EventFilter(types=frozenset({"Arrival"})))
    assert not any("Accounts" in line for line in lines)
    assert any("arrives" in line for line in lines)


def test_nothing_matches(stress: Shown) -> None:
    assert len(report_of(stress.live, EventFilter(tx_id="tx_99999999"))) == 2
    assert len(report_of(stress.live, EventFilter(first_tick=5000))) == 2


# ---- sources


def test_a_stored_run_is_read_a_day_at_a_time(stress: Shown) -> None:
    class Watched:
        """A connection that remembers the ranges of ticks asked for."""

        def __init__(self, connection: Any) -> None:
            self.connection, self.ranges = connection, set()  # type: ignore[var-annotated]

        def execute(self, sql: str, values: Any = None) -> Any:
            if isinstance(values, dict) and "last" in values:
                self.ranges.add((values["first"], values["last"]))
            return self.connection.execute(sql, values)

    with reader(stress.settings) as connection:
        watched: Any = Watched(connection)
        ticks = StoredSource(watched, "shown", first_tick=50).ticks()
        next(ticks)
        assert watched.ranges == {(50, 99)}
        assert len(list(ticks)) == 249
        assert watched.ranges == {(50, 99), (100, 199), (200, 299)}


def test_unknown_runs_and_ticks_are_refused(stress: Shown) -> None:
    with reader(stress.settings) as connection:
        with pytest.raises(ValueError, match="ticks 0 to 299; choose"):
            StoredSource(connection, "shown", last_tick=300)
        with pytest.raises(ValueError, match="the first not after the last"):
            StoredSource(connection, "shown", first_tick=20, last_tick=10)
    with pytest.raises(WarehouseError, match="no such run"), reader(stress.settings) as connection:
        StoredSource(connection, "sho'wn; drop table raw.agents")


def test_a_tick_that_broke_off_is_not_shown(tmp_path: Path) -> None:
    class Broken:
        """A run whose last tick has events, but did not come to its end."""

        def __init__(self, run: ScenarioRun) -> None:
            self.run, self.config, self.scenario = run, run.config, run.scenario
            self.simulation, self.texts = run.simulation, run.texts

        def batches(self) -> Iterator[list[Any]]:
            for batches in self.run.batches():
                accounts = [batch for batch in batches if batch.table == "agent_ticks"]
                for batch in accounts:
                    batch.length = min(batch.length, 6 * 4)
                yield batches
                return

    run: Any = Broken(ScenarioRun(load_scenario(ROOT / "scenarios" / "gridlock.yaml")))
    ticks = list(LiveSource(run, "x").ticks())
    assert [tick.number for tick in ticks] == [0, 1, 2, 3, 4, 5]
    assert max(event["event_seq"] for tick in ticks for event in tick.events) == 31


def test_the_frame_of_a_run(stress: Shown) -> None:
    assert stress.live.run == Run("shown", "liquidity_stress", 2026, 3, 100, stress.live.run.agent_ids)
    assert stress.live.run.agent_ids == sorted(stress.live.run.agent_ids)


# ---- where it goes


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    lines = list(report(live(ROOT / "scenarios" / "gridlock.yaml"), EventFilter()))
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        with Sink(stream) as sink:
            for line in lines:
                sink.write(line)
    assert "\x1b[" in terminal.getvalue()
    assert "\x1b[" not in pipe.getvalue()
    assert re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()) == pipe.getvalue()


# ---- sections and sums


def test_a_late_settlement_stands_with_its_settlement() -> None:
    case = live(GOLDEN / "micro" / "d13_overdue_settled_on_every_path" / "scenario.yaml")
    found = set()
    for tick in case.ticks():
        sections = sections_of(tick.events)
        for at, event in enumerate(tick.events):
            if event["event_type"] == "OverdueTransactionSettled":
                assert sections[at] == sections[at + 1]
                found.add(sections[at])
    assert {QUEUE2, NETTING} <= found


def test_sections_follow_the_steps_of_the_tick() -> None:
    """Sections once left do not come back, but for retries of Queue 2 and what splits and lateness record."""
    order = [POOL, OVERDUE, SCENARIO, ARRIVALS, BEFORE, BANK, TIMERS, ESCALATION, DECISIONS, SETTLEMENT, QUEUE2]
    order += [NETTING, AFTER, CREDITS, COSTS, DAY_END]
    for path in SMALL:
        for tick in live(path).ticks():
            places = [order.index(section) for section in sections_of(tick.events)]
            assert places == sorted(places), (path.parent.name, tick.number)


def test_the_sums_are_those_of_the_events(stress: Shown) -> None:
    events = [event for tick in stress.live.ticks() for event in tick.events]
    tally = Tally()
    for event in events:
        tally.add(event)
    arrived = [event["amount"] for event in events if event["event_type"] == "Arrival"]
    assert tally.arrived == [len(arrived), sum(arrived)]
    paid = [event["amount"] for event in events if event["event_type"] == "RtgsImmediateSettlement"]
    assert tally.settled["RtgsImmediateSettlement"] == [len(paid), sum(paid)]
    netted = [event["tx_amounts"] for event in events if event["event_type"] == "LsmBilateralOffset"]
    assert tally.settled["LsmBilateralOffset"] == [sum(map(len, netted)), sum(map(sum, netted))]
    assert tally.overdue == sum(event["event_type"] == "TransactionWentOverdue" for event in events) > 0
    words = dict(tally.rows())
    assert words["arrived"] == f"{len(arrived)} payments, {sum(arrived) // 100:,}.{sum(arrived) % 100:02d}"
