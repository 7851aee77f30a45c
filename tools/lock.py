"""Write constraints.txt and constraints-lint.txt anew: exact versions with the hashes of all their files.

What belongs here: resolving the requirements of pyproject.toml. What does not: installing (`tools/bootstrap.py`).

    make lock                               keep the locked versions that still fit, add what is new
    make lock ARGS=--upgrade                take the newest version of everything
    make lock ARGS='--upgrade-package X'    take the newest version of X

The resolver, uv, is fetched into a temporary environment. What it writes holds for every platform and every Python that
pyproject.toml allows, and names no address: pip asks whichever index it is configured for and checks the hashes.
"""

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESOLVER = "uv==0.13.8"
OLDEST_PYTHON = "3.11"

LOCKS = {
    "constraints.txt": "The environment of the project, `.venv`: what it runs on and what tests it.",
    "constraints-lint.txt": (
        "The environment of mypy, `.venv-lint`: it type-checks the project and compiles the engine, and cannot be\n"
        "# installed beside dbt. Stub packages are in constraints.txt, where mypy looks for the libraries."
    ),
}
"""The lock files and what each is for."""

HEADER = """\
# {purpose}
#
# Exact versions with the hashes of all files of each version, for any platform and any supported Python. Written by
# `make lock` (tools/lock.py) from pyproject.toml; not edited by hand. Installed by `make` with
#     pip install --require-hashes --no-deps -r {name}

"""


def requirements(pyproject: dict[str, Any], name: str) -> list[str]:
    """The direct requirements from which the lock file `name` follows."""
    if name == "constraints-lint.txt":
        return list(pyproject["build-system"]["requires"])
    project = pyproject["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["dev"]]


def resolve(resolver: Path, name: str, wanted: list[str], arguments: list[str]) -> str:
    """The text of the lock file `name`.

    Raises:
        CalledProcessError: no set of versions satisfies `wanted`; the resolver has said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "wanted.in"), Path(folder, name)
        source.write_text("\n".join(wanted) + "\n")
        if (ROOT / name).exists():
            # The versions of an existing lock are kept where they still fit.
            result.write_text((ROOT / name).read_text())
        options = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
        options += ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header", "--no-config"]
        command = [str(resolver), "pip", "compile", str(source), *options, *arguments, "--output-file", str(result)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return HEADER.format(purpose=LOCKS[name], name=name) + result.read_text()


def main(arguments: list[str]) -> int:
    """Resolve and write both lock files; `arguments` go to the resolver."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        scripts = Path(folder, "bin")
        subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", RESOLVER], check=True)
        texts = {name: resolve(scripts / "uv", name, requirements(pyproject, name), arguments) for name in LOCKS}
    for name, text in texts.items():
        if "://" in text:
            print(f"{name}: the resolver wrote an address; nothing was changed", file=sys.stderr)
            return 1
    for name, text in texts.items():
        (ROOT / name).write_text(text)
        print(f"{name}: {sum(line[:1] not in ('', '#', ' ') for line in text.splitlines())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
