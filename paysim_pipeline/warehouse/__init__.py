"""The warehouse: raw tables of every run in one DuckDB file.

Belongs here: the raw schema and its migrations, opening the file, replacing a run's rows, reading them back. Does not
belong here: what follows from raw rows (`dbt_project`), and when a run is loaded (`defs`, `cli`).
"""
