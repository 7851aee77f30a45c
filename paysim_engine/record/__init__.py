"""The recorder: what happened, as packed columns, in order of emission.

Belongs here: the catalogue of events (`schema`), their storage (`tables`, generated), their flat form (`flat`).
Does not belong here: Arrow, Parquet or DuckDB (`bundle` and the pipeline), and any rule of settlement.
"""
