"""The examples of a command, at the end of its help, one to a line.

Belongs here: where they are written and how they are laid out. Does not belong here: any example; those stand in the
docstrings of the commands, as paragraphs that begin with `Example:`, and tests run them.
"""

from typing import Any, Final

_MARK: Final = "Example:"
_AS_IT_IS: Final = "\b"
"""Tells the formatter not to fill the lines of a paragraph."""


def examples_in(text: str) -> list[str]:
    """The command lines in a help text."""
    return [" ".join(part.split()).removeprefix(_MARK).strip() for part in _paragraphs(text) if _is_example(part)]


def with_examples(command: Any) -> Any:
    """The command, or the group with all its commands, with its examples moved behind its options."""
    text = command.help or ""
    if found := examples_in(text):
        command.help = "\n\n".join(part for part in _paragraphs(text) if not _is_example(part))
        title = "Example:" if len(found) == 1 else "Examples:"
        command.epilog = "\n".join([_AS_IT_IS, title, *(f"  {line}" for line in found)])
    for inner in getattr(command, "commands", {}).values():
        with_examples(inner)
    return command


def _paragraphs(text: str) -> list[str]:
    return text.split("\n\n")


def _is_example(paragraph: str) -> bool:
    return paragraph.lstrip().startswith(_MARK)
