"""Bring a checkout to where it runs: environments, compiled engine, dbt manifest. `make` calls this first.

What belongs here: the steps between a fresh clone and a working `.venv`, each done only when what it depends on has
changed. What does not: choosing versions (`tools/lock.py`), or anything the project does once it is set up.

A step is done when the stamp it leaves says the same as the content of its inputs does now. Stamps lie inside the
environment they speak of, so removing `.venv` forgets them too. Only the standard library is used: this runs first.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python gets to read
    sys.exit(f"paysim needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11")

import argparse
import fcntl
import hashlib
import os
import runpy
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LINT = ROOT / ".venv-lint"
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
"""The interpreter behind any active environment, so that an activated `.venv` is not used to rebuild itself."""


class SetupError(Exception):
    """A step failed; the message says what to do."""


def say(message: str) -> None:
    """Tell the user what is going on."""
    print(f"paysim: {message}", flush=True)


def key(*inputs: Path | str) -> str:
    """A digest of files (by content) and texts, of the interpreter that will use the result, and of where it lies."""
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix} {ROOT}".encode())
    for item in inputs:
        content = item.read_bytes() if isinstance(item, Path) else item.encode()
        label = item.relative_to(ROOT).as_posix() if isinstance(item, Path) else "text"
        digest.update(f"\0{label}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def step(stamp: Path, wanted: str, message: str, action: Callable[[], None]) -> bool:
    """Do `action` unless `stamp` already says `wanted`. Returns whether it was done."""
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    say(f"{message} …")
    start = time.monotonic()
    action()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    say(f"  done in {time.monotonic() - start:.0f} s")
    return True


def run(*command: str | Path, environment: dict[str, str] | None = None, log: Path | None = None) -> None:
    """Run a command in the root; on failure its output is the message.

    Args:
        command: the program and its arguments.
        environment: variables set in addition to the present ones.
        log: where the output goes instead of the terminal; its end is shown on failure.

    Raises:
        SetupError: the command failed.
    """
    # Bytecode is wanted here even where the surroundings switch it off: without it every start compiles everything.
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | (environment or {})
    result = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=variables, capture_output=log is not None, text=True, check=False
    )
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(result.stdout + result.stderr)
    if result.returncode != 0:
        if log is not None:
            print("\n".join(log.read_text().splitlines()[-40:]), file=sys.stderr)
        raise SetupError(f"'{' '.join(str(part) for part in command[:6])} …' failed (exit {result.returncode}).")


def install(environment: Path, constraints: Path) -> None:
    """Create `environment` anew with exactly the packages of a lock file, and compile their bytecode."""
    try:
        run(BASE_PYTHON, "-m", "venv", "--clear", environment)
    except SetupError as error:
        raise SetupError(f"{error} On Debian and Ubuntu: apt-get install python3-venv") from error
    python = environment / "bin" / "python"
    options = ["--require-hashes", "--no-deps", "--no-compile", "--disable-pip-version-check", "-qq"]
    run(python, "-m", "pip", "install", *options, "-r", constraints)
    # Separately and on all cores: pip does it file by file on one. Some libraries carry sources for other Pythons that
    # do not compile; those are not imported either.
    compileall = [str(python), "-m", "compileall", "-q", "-j", "0", str(environment / "lib")]
    subprocess.run(compileall, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def shared_libraries() -> list[Path]:
    """Everything mypyc leaves in the tree: one library per module, and the one in the root that holds the code."""
    return [*ROOT.glob("*__mypyc.*.so"), *(ROOT / "paysim_engine").rglob("*.so")]


def remove(paths: Iterable[Path]) -> None:
    """Delete files."""
    for path in paths:
        path.unlink(missing_ok=True)


def compile_engine(sources: list[str]) -> None:
    """Compile the engine in place, beside its sources."""
    remove(shared_libraries())
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    command: list[str | Path] = [LINT / "bin" / "python", "setup.py", "build_ext", "--inplace"]
    try:
        run(*command, log=ROOT / "build" / "compile.log")
    except SetupError as error:
        remove(shared_libraries())
        raise SetupError(f"{error} PAYSIM_MYPYC=0 works with the interpreted engine.") from error
    missing = [source for source in sources if not list(ROOT.glob(source.removesuffix(".py") + ".*.so"))]
    if missing:
        raise SetupError(f"compiled, but no library appeared for {', '.join(missing)}")


def build() -> None:
    """Compile the engine if its sources changed, or say why it stays interpreted."""
    setup = runpy.run_path(str(ROOT / "setup.py"), run_name="paysim_setup")
    if reason := setup["obstacle"]():
        if reason != "PAYSIM_MYPYC=0":
            # Libraries of an earlier build must not outlive their sources.
            remove(shared_libraries())
        say(f"the engine runs interpreted: {reason}")
        return
    sources: list[str] = setup["compiled_sources"]()
    lint_environment()
    inputs = [ROOT / "setup.py", ROOT / "constraints-lint.txt", *(ROOT / source for source in sources)]
    stamp = LINT / "stamps" / "engine"
    if not all(list(ROOT.glob(source.removesuffix(".py") + ".*.so")) for source in sources):
        stamp.unlink(missing_ok=True)
    message = f"compiling {len(sources)} engine modules with mypyc, about a minute"
    if not step(stamp, key(*inputs), message, lambda: compile_engine(sources)):
        # Same content, perhaps newer files (a fresh checkout of the same commit): the libraries are up to date.
        for library in shared_libraries():
            library.touch()


def lint_environment() -> None:
    """The environment of mypy, which type-checks the project and compiles the engine."""
    lock = ROOT / "constraints-lint.txt"
    step(LINT / "stamps" / "packages", key(lock), "installing mypy in .venv-lint", lambda: install(LINT, lock))


def main_environment() -> None:
    """The environment of the project: locked packages, then the project itself, editable."""
    lock = ROOT / "constraints.txt"
    message = "installing the locked packages in .venv, a minute or two"
    step(VENV / "stamps" / "packages", key(lock), message, lambda: install(VENV, lock))

    def install_project() -> None:
        # Without isolation and dependencies nothing is fetched; the engine is compiled in place by the next step.
        options = ["--no-deps", "--no-build-isolation", "--no-compile", "--disable-pip-version-check", "-qq"]
        python = VENV / "bin" / "python"
        run(python, "-m", "pip", "install", *options, "--editable", ".", environment={"PAYSIM_MYPYC": "0"})
        run(python, "-m", "pip", "check", "-qq")

    inputs = [ROOT / "pyproject.toml", ROOT / "setup.py", ROOT / "paysim_engine" / "__init__.py"]
    step(VENV / "stamps" / "project", key(lock, *inputs), "installing paysim itself, editable", install_project)


def manifest() -> None:
    """The dbt manifest, which the Dagster definitions read when they load."""
    project = ROOT / "dbt_project"
    skip = {"target", "logs", "dbt_packages", "__pycache__"}
    inputs = sorted(p for p in project.rglob("*") if p.is_file() and not skip & {*p.relative_to(project).parts})
    stamp = VENV / "stamps" / "manifest"
    if not (project / "target" / "manifest.json").exists():
        stamp.unlink(missing_ok=True)
    command: list[str | Path] = [
        VENV / "bin" / "dbt",
        "--quiet",
        "parse",
        "--project-dir",
        project,
        "--profiles-dir",
        project,
    ]
    step(stamp, key(ROOT / "constraints.txt", *inputs), "parsing the dbt project", lambda: run(*command))


def main(arguments: list[str]) -> int:
    """Set up what `make demo` needs; with `--lint` also what only `make test` and `make lint` need."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lint", action="store_true", help="also the environment of mypy, compiled engine or not")
    parser.add_argument("--clean-ext", action="store_true", help="only remove the compiled modules")
    options = parser.parse_args(arguments)
    if options.clean_ext:
        remove(shared_libraries())
        return 0
    with (ROOT / ".bootstrap.lock").open("w") as lock:
        # Two `make` at once in one checkout: the second waits and then finds everything done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            main_environment()
            if options.lint:
                lint_environment()
            build()
            manifest()
        except SetupError as error:
            print(f"paysim: set-up failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
