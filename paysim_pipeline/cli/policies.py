"""`paysim policy …`: documents that tell an agent what to do.

Belongs here: the commands. Does not belong here: any rule of a policy document (`paysim_engine.policy`).
"""

import typer

app = typer.Typer(help="Check and explain policy documents.", no_args_is_help=True, rich_markup_mode=None)
