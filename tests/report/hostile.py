"""A warehouse whose names try to break out of a page.

Belongs here: planting them. Does not belong here: what a page makes of them.
"""

import shutil
from pathlib import Path

import duckdb

from tests.support.modelled import modelled_warehouse

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
"""A name that is harmless only as text."""

_TABLES = ("raw.agents", "main.agents", "main.daily_agent_metrics", "main.daily_costs", "main.cost_breakdown_by_agent")


def hostile_warehouse(folder: Path) -> Path:
    """A copy of the warehouse in which a bank of the run `stress`, a party to its netting, and its scenario have it."""
    copy = folder / modelled_warehouse().name
    shutil.copy(modelled_warehouse(), copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "create temp table names as select min(agent_id) as old from main.agents where simulation_id = 'stress'"
        )
        for table in _TABLES:
            connection.execute(
                f"update {table} set agent_id = $new where simulation_id = 'stress' "
                "and agent_id = (select old from names)",
                {"new": HOSTILE},
            )
        connection.execute("update main.lsm_cycles set agents = [$new, $new]", {"new": HOSTILE})
        connection.execute(
            "update main.simulations set scenario = $new, is_kept = false where simulation_id = 'stress'",
            {"new": HOSTILE},
        )
    return copy
