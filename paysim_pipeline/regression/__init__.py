"""Regression: what the scenarios of this checkout gave when somebody last looked, and what they give now.

Belongs here: the figures of a run that are watched (`metrics`), playing scenarios for them (`measuring`), the files
that keep them (`baseline`), and the comparison (`comparing`). Does not belong here: the warehouse, which a regression
run never opens; Dagster (`paysim_pipeline.defs.regression`); the command line (`paysim_pipeline.cli.baselines`).
"""
