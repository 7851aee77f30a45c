"""`paysim db`: looking after the warehouse file.

Belongs here: its commands. Does not belong here: what they do (`paysim_pipeline.warehouse`), or what is in the file
(`paysim_pipeline.overview`).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from paysim_pipeline.cli import options, output
from paysim_pipeline.cli.errors import CommandError
from paysim_pipeline.settings import Settings

app = typer.Typer(
    help="Look after the warehouse: what is in it, its schema, the copy for readers.\n\nExample: paysim db info",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("info")
def info(database: options.Database = None, as_json: options.AsJson = False) -> None:
    """Show the file, its schema, and how many rows its tables have.

    Example: paysim db info
    """
    from paysim_pipeline import overview
    from paysim_pipeline.warehouse.connection import reader
    from paysim_pipeline.warehouse.migrate import known_migrations

    settings = options.settings_from(database)
    with reader(settings) as connection:
        contents = overview.contents(connection)
    known = len(known_migrations())
    facts: dict[str, Any] = {
        "database": _file(settings.database),
        "published": _file(settings.published),
        "schema_version": contents["schema_version"],
        "known_version": known,
        "runs": contents["runs"],
        "tables": contents["tables"],
    }
    if as_json:
        output.print_json(facts)
        return
    _print_info(facts)


@app.command("migrate")
def migrate(database: options.Database = None, as_json: options.AsJson = False, quiet: options.Quiet = False) -> None:
    """Bring the warehouse to the schema of this version.

    Its rows are kept.

    Example: paysim db migrate
    """
    from paysim_pipeline.warehouse.connection import writer
    from paysim_pipeline.warehouse.migrate import apply_migrations

    settings = _existing(options.settings_from(database))
    with writer(settings, migrate=False) as connection:
        applied = apply_migrations(connection, settings.database)
    if as_json:
        done = [{"version": migration.version, "name": migration.name} for migration in applied]
        output.print_json({"database": str(settings.database), "applied": done})
    elif not quiet:
        names = ", ".join(f"{migration.version:04d} {migration.name}" for migration in applied)
        output.show(f"{settings.database}: {f'applied {names}' if applied else 'the schema is up to date'}")


@app.command("publish")
def publish(database: options.Database = None, as_json: options.AsJson = False, quiet: options.Quiet = False) -> None:
    """Make the copy that notebooks and reports read.

    Readers of the old one are not disturbed.

    Example: paysim db publish
    """
    settings = _existing(options.settings_from(database))
    from paysim_pipeline.warehouse.publish import publish as make_copy

    with output.working("copying", wanted=not quiet):
        copy = make_copy(settings)
    if as_json:
        output.print_json(_file(copy))
    elif not quiet:
        output.show(f"{settings.database}: published as {copy} ({_size(copy.stat().st_size)})")


def _existing(settings: Settings) -> Settings:
    """Settings of a warehouse that is there: a mistyped name must not create one.

    Raises:
        CommandError: it is not.
    """
    if not settings.database.exists():
        raise CommandError(
            f"{settings.database}: there is no warehouse; run a scenario first, or say where it is with --db"
        )
    return settings


def _file(path: Path) -> dict[str, Any]:
    """Where a file is, how large, and of when; only the first if it does not exist."""
    if not path.exists():
        return {"path": str(path), "bytes": None, "modified": None}
    state = path.stat()
    modified = datetime.fromtimestamp(state.st_mtime, UTC).isoformat(timespec="seconds")
    return {"path": str(path), "bytes": state.st_size, "modified": modified}


def _size(number: int) -> str:
    size = float(number)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def _print_info(facts: dict[str, Any]) -> None:
    database, published, runs = facts["database"], facts["published"], facts["runs"]
    version, known = facts["schema_version"], facts["known_version"]
    state = "up to date" if version == known else f"this version has {known}: run paysim db migrate"
    copy = "none; paysim db publish makes one"
    if published["bytes"] is not None:
        copy = f"{published['path']}, {_size(published['bytes'])}, of {published['modified']}"
    output.show(
        f"file       {database['path']}, {_size(database['bytes'])}, of {database['modified']}",
        f"published  {copy}",
        f"schema     {version} ({state})",
        f"runs       {output.count(runs['stored'])} of {output.count(runs['scenarios'])} scenarios, "
        f"{output.count(runs['modelled'])} with models",
    )
    rows = [(table["schema"], table["table"], output.count(table["rows"])) for table in facts["tables"]]
    output.show(output.table(("schema", "table", "rows"), rows, right=("rows",)))
