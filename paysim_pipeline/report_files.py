"""Where reports are kept.

Belongs here: that alone, so that whoever names a report's file need not import what draws it.
"""

from pathlib import Path

from paysim_pipeline.settings import Settings


def report_file(settings: Settings, scenario: str) -> Path:
    """The HTML report of a scenario's current run, in the folder `reports` beside the warehouse."""
    return settings.database.with_name("reports") / f"{scenario}.html"
