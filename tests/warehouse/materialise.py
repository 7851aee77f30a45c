"""Materialises partitions up to the raw tables, in a process of its own: definitions read their scenarios on import.

Runs as a program: `python -m tests.warehouse.materialise NAME ...`; the environment says where everything is.
"""

import sys

import dagster as dg

from paysim_pipeline.defs.raw import raw_load
from paysim_pipeline.defs.resources import Places
from paysim_pipeline.defs.simulation import scenario_file, simulation_run

if __name__ == "__main__":
    for name in sys.argv[1:]:
        result = dg.materialize(
            [scenario_file, simulation_run, raw_load],
            partition_key=name,
            resources={"places": Places()},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        assert result.success
