"""Dagster objects: assets, checks, jobs, resources.

What belongs here: decorated objects whose bodies are short; the work itself is done elsewhere in `paysim_pipeline`.
What does not: a `Definitions` object next to assets. A module that holds one shows only that to Dagster, and the
assets beside it vanish without an error; hence resources stand in a file of their own.

Modules here are imported by every Dagster process: heavy imports stand inside the bodies (`dbt` excepted, which
cannot do without).
"""
