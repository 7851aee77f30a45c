"""Commands whose module is imported when they are called, and not before.

Belongs here: the group that knows its commands by name and help line only. Does not belong here: which commands there
are (`main`).

The modules of all commands together take 12 ms to import and to turn into commands, a tenth of a short command.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from paysim_pipeline.cli.examples import with_examples


@dataclass(frozen=True)
class LazyCommand:
    """A command, or a group of commands, that has not been imported yet.

    Attributes:
        name: as it is called.
        place: `module:object`; the object is the function of a command, or the `Typer` of a group.
        help: what it does, in a line; the first line of its own help.
    """

    name: str
    place: str
    help: str

    def load(self) -> Any:
        """Import the module and make the command that typer runs."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False, rich_markup_mode=None)
            single.command(self.name)(found)
            found = single
        command = get_command(found)
        command.name = self.name
        return with_examples(command)


def lazy_group(commands: Iterable[LazyCommand]) -> type[TyperGroup]:
    """The class of a group with these commands.

    Listing them, in `--help` and in completion, needs no import; calling one, or completing what follows it, imports
    that one.
    """
    by_name = {command.name: command for command in commands}

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            for command in by_name.values():
                self.add_command(TyperCommand(command.name, help=command.help, rich_markup_mode=None))

        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            name, command, rest = super().resolve_command(ctx, args)
            return name, by_name[name].load() if name in by_name else command, rest

    return LazyGroup
