"""`paysim policy …`: documents that tell an agent what to do.

Belongs here: finding a document, and reporting on it. Does not belong here: any rule of the language
(`paysim_engine.policy`).
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from paysim_pipeline.cli import completion, options, output
from paysim_pipeline.cli.errors import BAD_USAGE, FAILED, CommandError

app = typer.Typer(
    help="Check and explain policy documents.\n\nExample: paysim policy explain queue_manager",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

POLICY_HELP = "A policy document (JSON), a name from the library, or a built-in type such as Fifo."


@app.command()
def validate(
    policies: Annotated[
        list[str],
        typer.Argument(metavar="POLICY", help=POLICY_HELP, show_default=False, autocompletion=completion.policies),
    ],
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Check policy documents and report every problem at once.

    The exit code is 1 if one of them cannot be used.

    Example: paysim policy validate scenarios/policies/*.json
    """
    from paysim_engine.scenario.problems import report

    findings: list[dict[str, Any]] = []
    for given in policies:
        try:
            document = find_document(given)
            problems = problems_of(document)
            text = report(given, problems, "problem")
            name = document.get("policy_id")
        except CommandError as error:
            problems, text, name = [], str(error), None
            unreadable = True
        else:
            unreadable = False
        sound = not (problems or unreadable)
        listed = [problem.as_dict() for problem in problems] or ([{"path": "", "message": text}] if unreadable else [])
        findings.append({"policy": given, "policy_id": name, "valid": sound, "problems": listed})
        if not as_json:
            if not sound:
                output.note(text)
            elif not quiet:
                print(f"{given}: sound ({name})")
    if as_json:
        output.print_json(findings)
    if not all(finding["valid"] for finding in findings):
        raise typer.Exit(FAILED)


@app.command()
def explain(
    policy: Annotated[
        str, typer.Argument(metavar="POLICY", help=POLICY_HELP, show_default=False, autocompletion=completion.policies)
    ],
    as_json: options.AsJson = False,
) -> None:
    """Say in words what a policy does.

    Example: paysim policy explain queue_manager

    Example: paysim policy explain LiquidityAware
    """
    from paysim_engine.policy.explain import explain as in_words
    from paysim_engine.scenario.problems import report

    document = find_document(policy)
    if problems := problems_of(document):
        raise CommandError(report(policy, problems, "problem"))
    text = in_words(document)
    if as_json:
        output.print_json({"policy": policy, "policy_id": document.get("policy_id"), "text": text})
    else:
        print(text, end="")


@app.command()
def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print tables in Markdown.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the language: trees, operators, actions, fields.

    Each with its meaning and its unit.

    Example: paysim policy schema

    Example: paysim policy schema --markdown > language.md
    """
    from paysim_engine.policy.schema import schema as language

    if markdown and as_json:
        raise CommandError("--markdown and --json: choose one", BAD_USAGE)
    print(language("json" if as_json else "markdown" if markdown else "text"), end="")


def find_document(given: str) -> dict[str, Any]:
    """The document that `given` means: a file, a document of the library, a built-in type.

    Raises:
        CommandError: there is none, or it is no JSON object.
    """
    from paysim_engine.policy.builtin import BUILTIN
    from paysim_engine.policy.library import builtin_document, library_document, library_names
    from paysim_engine.scenario.bounds import POLICY_BYTES_MAX
    from paysim_engine.scenario.json_reader import JsonError, read_document
    from paysim_engine.wording import nearest

    path = Path(given).expanduser()
    if path.is_file():
        if path.stat().st_size > POLICY_BYTES_MAX:
            raise CommandError(f"{given}: policy files are at most {POLICY_BYTES_MAX} bytes long")
        try:
            return read_document(path.read_bytes())
        except JsonError as error:
            raise CommandError(f"{given}: not a policy document: {error}") from error
    if given in BUILTIN:
        return builtin_document(given)
    document = library_document(given)
    if document is not None:
        return document
    names = [*BUILTIN, *(name.removesuffix(".json") for name in library_names())]
    meant = nearest(path.name.removesuffix(".json"), names)
    hint = f'did you mean "{meant}"?' if meant else f"there are files, and {', '.join(sorted(names))}"
    raise CommandError(f"{given}: there is no such policy; {hint}")


def problems_of(document: dict[str, Any]) -> list[Any]:
    """Everything that is wrong with a document, as problems of a report."""
    from paysim_engine.policy import check_document
    from paysim_engine.scenario.problems import MISSING, Problem

    return [Problem(path, MISSING, message, hint) for path, message, hint in check_document(document)]
