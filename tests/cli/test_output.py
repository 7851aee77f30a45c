"""How figures and tables look."""

import io

import pytest

from paysim_pipeline.cli.output import count, money, percent, show, table


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (123_456_789, "1,234,567.89"),
        (-100, "-1.00"),
        (10**18, "10,000,000,000,000,000.00"),
        (None, "–"),
    ],
)
def test_money(cents: int | None, shown: str) -> None:
    assert money(cents) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (0.5, "50.0 %"),
        (0.99999, "99.9 %"),
        (0.00001, "0.1 %"),
        (0.918, "91.8 %"),
        (None, "–"),
    ],
)
def test_percent_never_rounds_to_all_or_nothing(share: float | None, shown: str) -> None:
    assert percent(share) == shown


def test_count() -> None:
    assert (count(1234567), count(None)) == ("1,234,567", "–")


def printed(*parts: object) -> list[str]:
    stream = io.StringIO()
    show(*parts, stream=stream)  # type: ignore[arg-type]  # tables and lines
    return [line.rstrip() for line in stream.getvalue().splitlines() if line.strip()]


def test_a_table_cuts_nothing() -> None:
    name = "a_very_long_name_" * 20
    head, _, row = printed(table(("scenario", "payments"), [(name, "1")], right=("payments",)))
    assert head.split() == ["scenario", "payments"]
    assert row.split() == [name, "1"]
    assert row.endswith("       1")


def test_names_are_shown_as_they_are_written() -> None:
    assert printed(table(("agent",), [("[bold]A[/bold]",)]))[-1].strip() == "[bold]A[/bold]"
    assert printed("[red]B\x1b[31m")[-1] == "[red]B\\u001b[31m"
    assert printed(table(("agent",), [("C\x1b[2J",)]))[-1].strip() == "C\\u001b[2J"


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_headings_are_plain_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen()
    show(table(("agent",), [("A",)]), stream=screen)
    assert "\x1b[1m" in screen.getvalue()
    monkeypatch.setenv(name, value)
    screen = Screen()
    show(table(("agent",), [("A",)]), stream=screen)
    assert "\x1b" not in screen.getvalue()
