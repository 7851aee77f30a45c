"""Jobs: what is started by name.

Belongs here: selections of assets worth a name. Does not belong here: when they run.
"""

import dagster as dg

from paysim_pipeline.defs.simulation import SCENARIOS

build_scenarios = dg.define_asset_job(
    "build_scenarios",
    selection=dg.AssetSelection.all(),
    partitions_def=SCENARIOS,
    description="Everything for one scenario, or a range of them in one run: simulate, check, load, build the models.",
)
