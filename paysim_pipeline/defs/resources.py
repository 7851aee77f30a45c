"""What the assets are given, and how runs are executed.

Belongs here: resources and the executor, in the one `Definitions` object of this folder. Does not belong here: assets.
"""

from typing import Final

import dagster as dg

from paysim_pipeline.settings import Settings

WRITER_POOL: Final = "duckdb_writer"
"""Every op that opens the warehouse file is in this pool; its limit is 1 (dagster.yaml)."""


class Places(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where scenarios, bundles and the warehouse are."""

    def settings(self) -> Settings:
        """The settings of the process's environment."""
        return Settings.from_environment()


# One process per run: the multiprocess executor imports Dagster and dbt anew for every step. Runs are parallel to each
# other (dagster.yaml), and the simulations of a backfill are one run.
defs = dg.Definitions(resources={"places": Places()}, executor=dg.in_process_executor)
