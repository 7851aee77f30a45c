"""Whatever is done to a scenario file: it loads, or it is refused in one report. Nothing else is ever raised."""

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paysim_engine.scenario import ScenarioError, load_scenario
from tests.scenario.building import FULL

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

NASTY: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            -1,
            1,
            5,
            0.5,
            -0.0,
            1e300,
            float("inf"),
            float("nan"),
            2**63,
            2**64,
            -(10**16),
            10**400,
        ),
        *(
            "",
            " ",
            "x",
            "NO",
            "1e6",
            "0x10",
            "\x00",
            "\ud800",
            "é",
            "HUB",
            "MILL",
            "Fifo",
            "fixed",
            "𝟙",
            "٣",
            "9" * 5000,
        ),
        *(
            [],
            {},
            [[]],
            [None],
            {"": None},
            {"type": "Fifo"},
            {"type": None},
            {"type": []},
            {"mode": "rate"},
            [1, 2],
            [2, 1],
        ),
        *({"HUB": 1.0}, {"MILL": -1}, {5: 1}, {None: 1}, {True: {}}, {"a": {"b": {"c": []}}}, b"bytes", {"x"}),
    ]
)
KEYS = st.sampled_from(
    [
        *("type", "id", "policy", "params", "parameters", "limits", "schedule", "amount", "tick", "min", "max", "mode"),
        *("agents", "simulation", "cost_rates", "bilateral_limits", "threshold_ticks", "cost_model", "curve", "x"),
        *("decision_trees", "json_path", "json_string", "counterparty_weights", "include", "exclude", "lambda"),
    ]
)


def places(data: Any) -> list[tuple[Any, Any]]:
    """Every mapping and list with each of its keys."""
    found: list[tuple[Any, Any]] = []
    if isinstance(data, dict):
        found += [(data, key) for key in data]
        for value in data.values():
            found += places(value)
    elif isinstance(data, list):
        found += [(data, index) for index in range(len(data))]
        for value in data:
            found += places(value)
    return found


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    data = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 4))):
        spots = places(data)
        if not spots:
            break
        container, key = draw(st.sampled_from(range(len(spots))).map(spots.__getitem__))
        what = draw(st.sampled_from(("replace", "remove", "add", "copy", "swap")))
        if what == "remove":
            del container[key]
        elif what == "replace":
            container[key] = copy.deepcopy(draw(NASTY))
        elif what == "add" and isinstance(container, dict):
            container[draw(KEYS)] = copy.deepcopy(draw(NASTY))
        else:
            other, place = draw(st.sampled_from(range(len(spots))).map(spots.__getitem__))
            if what == "copy" or (isinstance(key, int) and not isinstance(container, list)):
                container[key] = copy.deepcopy(other[place])
            elif place in other if isinstance(other, dict) else place < len(other):
                container[key], other[place] = copy.deepcopy(other[place]), copy.deepcopy(container[key])
    return data


def check_report(error: ScenarioError) -> None:
    assert error.problems
    assert len(str(error).splitlines()) == 1 + len(error.problems)
    assert all(problem.message and problem.as_dict() for problem in error.problems)


def attempt(text: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(text)
        for options in ({}, {"strict": True, "reference_cli": True}):
            try:
                loaded = load_scenario(file, **options)  # type: ignore[arg-type]
            except ScenarioError as error:
                check_report(error)
            else:
                again = Path(folder) / "again.json"
                again.write_text(json.dumps(loaded.resolved))
                assert load_scenario(again, strict=True).fingerprint == loaded.fingerprint
                assert loaded.engine_config().agents


@given(mutated())
def test_mutated_yaml(data: Any) -> None:
    try:
        text = yaml.dump(data, Dumper=DUMPER, allow_unicode=True).encode(errors="surrogatepass")
    except (yaml.YAMLError, ValueError):  # what YAML cannot write
        return
    attempt(text, "case.yaml")


@given(mutated())
def test_mutated_json(data: Any) -> None:
    try:
        text = json.dumps(data).encode()
    except (TypeError, ValueError):  # what JSON cannot write
        return
    attempt(text, "case.json")


LINES = yaml.safe_dump(FULL, sort_keys=False).splitlines(keepends=True)


@given(st.data())
def test_mutated_text(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(st.sampled_from(("drop", "twice", "indent", "insert", "cut", "join")))
        if what == "drop" and len(lines) > 1:
            del lines[at]
        elif what == "twice":
            lines.insert(at, lines[at])
        elif what == "indent":
            lines[at] = (
                data.draw(st.sampled_from((" ", "  ", "- ", "\t", "&a ", "*a ", "!!x ", "? ", "<<: "))) + lines[at]
            )
        elif what == "insert":
            lines.insert(at, data.draw(st.text(max_size=8)) + "\n")
        elif what == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        else:
            lines[at] = lines[at].rstrip("\n") + " "
    attempt("".join(lines).encode(errors="surrogatepass"), "case.yaml")


@pytest.mark.parametrize(
    "text", [b"", b"\x00", b"\xff\xfe", b"{", b"[" * 10000, b"&a [*a]", b"a: " * 50, b"%TAG ! x\n--- !y"]
)
def test_no_yaml(text: bytes) -> None:
    attempt(text, "case.yaml")
    attempt(text, "case.json")
