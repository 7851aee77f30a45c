"""Pages of the documentation, walked as a reader would: files are written, commands are run, answers compared.

Belongs here: what a page says, and running it in a shell. Does not belong here: which pages are walked, and in what
surroundings.

A code block is a file if the line before it ends with the file's name and a colon (`Put this into …:`); it is appended
to that file if the line says `end of`. In a `console` block, lines that begin with `$` are commands; the lines below
them are what they print. `…` in it stands for anything: as a line for any lines, within a line for any letters.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paysim_pipeline.dbt_files import dbt_program

_BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?P<added>end of )?`(?P<path>[\w./-]+\.(?:yaml|json|sql|yml|py))`:$")


@dataclass
class Command:
    """A line of the reader, and what the page says it prints."""

    line: str
    printed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """A file of the reader."""

    path: str
    text: str
    added: bool


def steps(page: Path) -> Iterator[Command | File]:
    """What the page makes its reader do, in order."""
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        text = block["text"]
        if block["kind"] == "console":
            found: list[Command] = []
            for line in text.splitlines():
                if line.startswith("$ "):
                    found.append(Command(line[2:]))
                else:
                    found[-1].printed.append(line)
            yield from found
        elif named := _FILE.search(block["before"]):
            yield File(named["path"], text, bool(named["added"]))


def write(file: File, folder: Path) -> None:
    """Do what a reader does with a file of the page."""
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") + "\n" if file.added else ""
    path.write_text(before + file.text, encoding="utf-8")


def run(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command in a shell in which programs are those of this checkout; what it printed, on either stream."""
    programs = (
        f'paysim() {{ {sys.executable} -m paysim_pipeline.cli "$@"; }}; python() {{ {sys.executable} "$@"; }}; '
        f'dbt() {{ {dbt_program()} --no-use-colors "$@"; }}; '
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", programs + line],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def difference(said: list[str], printed: str) -> str:
    """The first line of the page that was not printed, with all that was; empty if the page is right.

    Space at the ends of lines and empty lines do not count.
    """
    have = [line.rstrip() for line in printed.splitlines() if line.strip()]
    place, anywhere = 0, False
    for line in said:
        if line.strip() in ("…", ""):
            anywhere = anywhere or line.strip() == "…"
            continue
        form = re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))
        upto = len(have) if anywhere else place + 1
        found = next((i for i in range(place, min(upto, len(have))) if form.fullmatch(have[i])), None)
        if found is None:
            return f"the page says {line!r}, but this was printed:\n{printed}"
        place, anywhere = found + 1, False
    if said and place < len(have) and not anywhere:
        return f"the page does not say {have[place]!r}; this was printed:\n{printed}"
    return ""
