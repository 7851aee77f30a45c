"""Every question that the warehouse answers, as a function (10 §5, 07 §5).

Belongs here: the names, in one place. Does not belong here: any question; they stand by topic in the modules of this
package: `runs`, `agents`, `payments`, `costs`, `policies`, `queues`, `liquidity`, `events`.

Every function takes an open DuckDB connection first (`paysim_pipeline.warehouse.connection.reader`, or
`duckdb.connect(..., read_only=True)` on the published copy) and reads what dbt built. Values are always bound. Tables
are Polars frames; money is integer cents, ticks and days count from 0. A run that is not there is an
`UnknownSimulationError`, a run whose models are not built a `ModelsNotBuiltError`.
"""

from paysim_pipeline.warehouse.queries.agents import (
    balance_path,
    compare_agent_performance,
    compare_agents,
    get_agent_daily_metrics,
    get_agent_performance,
    get_tick_agent_states,
)
from paysim_pipeline.warehouse.queries.costs import daily_costs, get_cost_breakdown_by_agent, get_daily_cost_trends
from paysim_pipeline.warehouse.queries.event_index import EventFilter
from paysim_pipeline.warehouse.queries.events import (
    clear_simulation_events,
    get_event_count,
    get_events,
    get_simulation_event_summary,
    get_simulation_events,
    search_events,
)
from paysim_pipeline.warehouse.queries.liquidity import (
    get_collateral_events_by_tick,
    get_lsm_cycles_by_tick,
    indicators,
    lsm_effectiveness,
)
from paysim_pipeline.warehouse.queries.payments import (
    get_daily_transaction_summary,
    get_settlement_rate_by_day,
    get_tick_range_summary,
    get_transaction_delays,
    get_transaction_statistics,
    get_transactions,
    get_transactions_by_tick,
)
from paysim_pipeline.warehouse.queries.policies import (
    get_agent_policy_history,
    get_policy_at_day,
    get_policy_decisions_by_tick,
)
from paysim_pipeline.warehouse.queries.queues import get_tick_queue_snapshots, queue_contents
from paysim_pipeline.warehouse.queries.runs import (
    compare_simulations,
    get_run_totals,
    get_simulation_summary,
    list_simulation_runs,
    list_simulations,
)
from paysim_pipeline.warehouse.queries_base import ModelsNotBuiltError, UnknownSimulationError, has_models
from paysim_pipeline.warehouse.reconstruct import reconstruct_payments, reconstruct_state

__all__ = [
    # runs
    "list_simulations",
    "list_simulation_runs",
    "get_simulation_summary",
    "get_run_totals",
    "compare_simulations",
    "has_models",
    # agents
    "get_agent_performance",
    "get_agent_daily_metrics",
    "compare_agent_performance",
    "compare_agents",
    "balance_path",
    "get_tick_agent_states",
    # costs
    "get_cost_breakdown_by_agent",
    "get_daily_cost_trends",
    "daily_costs",
    # payments
    "get_settlement_rate_by_day",
    "get_daily_transaction_summary",
    "get_transaction_delays",
    "get_transactions",
    "get_transaction_statistics",
    "get_transactions_by_tick",
    "get_tick_range_summary",
    # policies
    "get_agent_policy_history",
    "get_policy_at_day",
    "get_policy_decisions_by_tick",
    # queues
    "queue_contents",
    "get_tick_queue_snapshots",
    # liquidity
    "lsm_effectiveness",
    "indicators",
    "get_collateral_events_by_tick",
    "get_lsm_cycles_by_tick",
    # events
    "get_simulation_events",
    "get_simulation_event_summary",
    "get_events",
    "get_event_count",
    "clear_simulation_events",
    "search_events",
    "EventFilter",
    # state
    "reconstruct_state",
    "reconstruct_payments",
    # errors
    "UnknownSimulationError",
    "ModelsNotBuiltError",
]
