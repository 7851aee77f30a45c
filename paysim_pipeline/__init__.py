"""Everything around the engine: the warehouse, the Dagster definitions, the command line and the reports.

What belongs here: moving run bundles into DuckDB, driving dbt, showing results. What does not: any rule of the payment
system (`paysim_engine`) and any formula of a metric (`dbt_project`). Importing this package imports nothing else.
"""
