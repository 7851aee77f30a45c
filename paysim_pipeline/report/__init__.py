"""The HTML report of a run, the comparison of several, and the same figures as small images.

Belongs here: the names that others use. Does not belong here: questions (`data`), drawing (`charts`), words and tables
(`sections`, `comparison`), the page around them (`page`).
"""

from paysim_pipeline.report.writing import metadata_figures, write_comparison, write_report

__all__ = ["metadata_figures", "write_comparison", "write_report"]
