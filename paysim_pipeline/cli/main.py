"""The way into the command `paysim`, and the way out: errors become messages and exit codes here.

What belongs here: starting the application, and leaving it. What does not: which commands there are (`app`), and any
command.
"""

import sys
from collections.abc import Sequence

from paysim_pipeline.cli import output, short_life
from paysim_pipeline.cli.errors import BAD_USAGE, FAILED, INTERRUPTED, CommandError, message_of


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; errors are reported on standard error.

    Args:
        arguments: what follows `paysim`; the process's own by default.
    """
    # Only here: `main` makes its arrangements before the first library is imported.
    from paysim_pipeline.cli.app import app

    try:
        app(args=None if arguments is None else list(arguments), prog_name="paysim")
        sys.stdout.flush()
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else FAILED if leave.code else 0
        if code == INTERRUPTED:
            _say("interrupted")
        return code
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except CommandError as error:
        _say(message_of(error))
        if error.exit_code == BAD_USAGE:
            _say("'paysim COMMAND --help' shows how it is used")
        return error.exit_code
    except Exception as error:
        _say(message_of(error))
        return FAILED
    return 0


def _say(message: str) -> None:
    print(f"paysim: {message}", file=sys.stderr)


def main() -> None:
    """The entry point of the command `paysim`."""
    short_life.begin()
    output.make_safe()
    code = execute()
    short_life.end()
    sys.exit(code)
