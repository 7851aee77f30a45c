"""Views in a copy of the warehouse that has another name.

Belongs here: taking the name of the database out of the views of a file. Does not belong here: making the copy
(`publish`).

DuckDB calls a database by the stem of its file, and dbt writes that name into every view: in a copy under another stem
the views would look for a database that is not there. Without it they look in their own, whatever it is called.
"""

import re
from pathlib import Path

import duckdb

_IDENTIFIER = r'(?:\w+|"(?:[^"]|"")+")'
_HEAD = re.compile(rf"^CREATE VIEW (?:{_IDENTIFIER}\.)?{_IDENTIFIER}")


def forget_name(file: Path, name: str) -> None:
    """Write the views of a database anew, without the name that it had; descriptions stay.

    Args:
        file: the database, which nobody else has open.
        name: the name in its views.

    Raises:
        duckdb.Error: a view cannot be written without the name.
    """
    alias = "a copy"
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(str(file))} as {_quoted(alias)}")
        connection.execute(f"use {_quoted(alias)}")
        views = connection.execute(
            "select schema_name, view_name, sql, comment from duckdb_views() where not internal and database_name = ?",
            [alias],
        ).fetchall()
        columns = connection.execute(
            "select columns.schema_name, columns.table_name, columns.column_name, columns.comment "
            "from duckdb_columns() as columns inner join duckdb_views() as views "
            "on columns.table_oid = views.view_oid and columns.database_oid = views.database_oid "
            "where columns.database_name = ? and columns.comment is not null",
            [alias],
        ).fetchall()
        _write(connection, {_place(schema, view): without_name(sql, name) for schema, view, sql, _ in views})
        for schema, view, _, comment in views:
            if comment is not None:
                connection.execute(f"comment on view {_place(schema, view)} is {_text(comment)}")
        for schema, view, column, comment in columns:
            connection.execute(f"comment on column {_place(schema, view)}.{_quoted(column)} is {_text(comment)}")
        # Into the file itself: the log beside it is not renamed with it.
        connection.execute("checkpoint")


def without_name(sql: str, name: str) -> str:
    """A statement as DuckDB keeps it, with the name of the database taken out of the names of tables.

    >>> without_name("SELECT a.x FROM lab.raw.agents AS a WHERE a.x != 'lab.raw.agents'", "lab")
    "SELECT a.x FROM raw.agents AS a WHERE a.x != 'lab.raw.agents'"
    """
    either = f"(?:{re.escape(_quoted(name))}|{re.escape(name)})"
    # Texts are matched first, and stay as they are.
    pattern = re.compile(rf"'(?:[^']|'')*'|(?<![\w.\"]){either}\.(?={_IDENTIFIER}\.{_IDENTIFIER})")
    return pattern.sub(lambda found: found[0] if found[0].startswith("'") else "", sql)


def _write(connection: duckdb.DuckDBPyConnection, views: dict[str, str]) -> None:
    """Write views in an order in which each finds those that it reads."""
    while views:
        left: dict[str, str] = {}
        for place, sql in views.items():
            try:
                connection.execute(f"create or replace view {place}" + _HEAD.sub("", sql, count=1))
            except duckdb.BinderException as error:
                left[place], reason = sql, error
        if len(left) == len(views):
            raise reason
        views = left


def _place(schema: str, view: str) -> str:
    return f"{_quoted(schema)}.{_quoted(view)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
