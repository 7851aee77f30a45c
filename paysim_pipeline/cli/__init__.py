"""The command line: `paysim …`.

What belongs here: one module per group of commands, and what they share (options, output, errors). What does not: any
work that Dagster does too (`paysim_pipeline.simulate`, `.warehouse`), and imports at the top of a module that `--help`
does not need: heavy ones stand inside the commands.
"""
