"""The way into the command `paysim`, and the way out: errors become messages and exit codes here.

What belongs here: starting the application, and leaving it. What does not: which commands there are (`app`), and any
command. Nothing of it is imported before somebody is there to hear Ctrl-C.
"""

import sys
from collections.abc import Sequence


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; errors are reported on standard error.

    Args:
        arguments: what follows `paysim`; the process's own by default.
    """
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        return _interrupted()


def _run(arguments: list[str]) -> int:
    from paysim_pipeline.cli.errors import BAD_USAGE, FAILED, INTERRUPTED, CommandError, message_of
    from paysim_pipeline.interruption import was_heard

    # The database's library and JSON take Unicode only; such a byte is a mistake of the terminal or of a script.
    if unreadable := next((each for each in arguments if not _is_text(each)), None):
        _say(f"{unreadable!a}: this is no text in the encoding of your terminal; paysim takes UTF-8")
        return BAD_USAGE
    # Only here: `main` makes its arrangements before the first library is imported.
    from paysim_pipeline.cli.app import app

    try:
        app(args=arguments, prog_name="paysim")
        sys.stdout.flush()
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else FAILED if leave.code else 0
        return _interrupted() if code == INTERRUPTED else code
    except Exception as error:
        # Whatever else it says: it comes of that.
        if was_heard():
            return _interrupted()
        _say(message_of(error))
        if not isinstance(error, CommandError):
            return FAILED
        if error.exit_code == BAD_USAGE:
            _say("'paysim COMMAND --help' shows how it is used")
        return error.exit_code
    return 0


def _interrupted() -> int:
    from paysim_pipeline.cli.errors import INTERRUPTED

    _say("interrupted")
    return INTERRUPTED


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _say(message: str) -> None:
    print(f"paysim: {message}", file=sys.stderr)


def main() -> None:
    """The entry point of the command `paysim`."""
    try:
        from paysim_pipeline.cli import output, short_life
        from paysim_pipeline.interruption import listen

        listen()
        short_life.begin()
        output.make_safe()
    except KeyboardInterrupt:
        sys.exit(_interrupted())
    code = execute()
    short_life.end()
    sys.exit(code)
