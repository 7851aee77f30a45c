"""Jobs: what is started by name.

Belongs here: selections of assets worth a name. Does not belong here: when they run.
"""

import dagster as dg

from paysim_pipeline.defs.models import comparison_keys
from paysim_pipeline.defs.reports import published
from paysim_pipeline.defs.simulation import scenario_file

build_scenarios = dg.define_asset_job(
    "build_scenarios",
    selection=dg.AssetSelection.assets(scenario_file).downstream() - dg.AssetSelection.groups("comparison"),
    description="Everything for one scenario, or a range of them in one run: simulate, check, load, build the models, "
    "write the reports, publish.",
)

publish_results = dg.define_asset_job(
    "publish_results",
    selection=dg.AssetSelection.assets(*comparison_keys(), published),
    description="Compare the runs in the warehouse with each other, and publish a copy of it for readers.",
)
