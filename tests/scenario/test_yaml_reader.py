"""The YAML dialect, and what is never let through."""

import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paysim_engine.scenario.yaml_reader import Positions, YamlError, read_yaml
from tests.conftest import ROOT

SAME_AS_PYYAML = [
    "a: 1",
    "a: 010",
    "a: 0x1F",
    "a: 1_000",
    "a: 12:30",
    "a: 1e6",
    "a: 1.0e+6",
    "a: 1.0e-3",
    "a: 1e-3",
    "a: .inf",
    "a: NO",
    "a: [on, Off, yes, true, null, ~, '']",
    "a:",
    "a: 'NO'",
    'a: "1"',
    "NO: 1",
    "? 5\n: x",
    "a: 2024-01-01",
    "a: |\n  two\n  lines\n",
    "a: >-\n  one\n  line\n",
    "a: !!str 5",
    "a: !!int '5'",
    "a: ! 5",
    "[1, {b: 2}]",
    "a: &x [1, 2]\nb: *x",
    "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}",
    "a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}",
    "a: &x {p: 1, q: 2}\nc: &y {q: 5, r: 6}\nb: {<<: [*x, *y], r: 7}",
    "a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}",
    "a: {'<<': 1}",
    "&k a: 1\nb: *k",
    "a: &x 5\nb: *x",
    "a: &x b\n*x : 5",
    "",
    "# only a comment",
    "--- {a: 1}",
    "a: 1\n...\n",
    "\ufeffa: 1",
]


@pytest.mark.parametrize("text", SAME_AS_PYYAML)
def test_reads_what_pyyaml_reads(text: str) -> None:
    data, problems = read_yaml(text.encode())
    assert data == yaml.safe_load(text)
    assert problems == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("abNO0159.:-e_ ~", max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abNO0159._ ~", max_size=6), inner),
        max_leaves=20,
    ),
    st.booleans(),
)
def test_reads_back_what_pyyaml_writes(data: object, flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True).encode()
    assert read_yaml(text)[0] == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("a: 1\nb: 2\na: 3", "a", "lines 1 and 3"),
        ("x:\n  a: 1\n  a: 1", "x.a", "lines 2 and 3"),
        ("x: [{a: 1,\n a: 2}]", "x[0].a", "lines 1 and 2"),
        ("'a': 1\na: 2", "a", "lines 1 and 2"),
        ("x: {p: &p {a: 1}, <<: *p, <<: *p}", 'x["<<"]', "lines 1 and 1"),
    ],
)
def test_a_key_given_twice_is_found(text: str, path: str, message: str) -> None:
    _, problems = read_yaml(text.encode())
    assert [(problem.path, message in problem.message) for problem in problems] == [(path, True)]


def test_every_repeated_key_is_reported_and_the_rest_is_read() -> None:
    data, problems = read_yaml(b"a: 1\na: 2\nb: {c: 1, c: 2, d: 3}")
    assert [problem.path for problem in problems] == ["a", "b.c"]
    assert data["b"]["d"] == 3


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * width)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bomb(12, 10), "unfolds to more than"),
        (bomb(12, 10).replace("[", "{k: [").replace("]", "]}"), "unfolds to more than"),
        ("[" * 300 + "]" * 300, "levels deep"),
        ("\n".join(" " * i + "a:" for i in range(400)), "levels deep"),
        ("[" * 100_000, ""),
        ("a: &a [*a]", "no finished anchor"),
        ("a: *nowhere", "no finished anchor"),
        ("a: !!python/object/apply:os.system [ls]", "tag"),
        ("a: !!set {x}", "tag"),
        ("a: !mine 5", "tag"),
        ("a: !!int x", "cannot read"),
        ("a: =", "cannot read"),
        ("a: 2024-99-99", "cannot read"),
        ("a: " + "9" * 5000, "cannot read"),
        ("a: {<<: 5}", "merge key"),
        ("a: {<<: [5]}", "merge key"),
        ("? [1]\n: x", "cannot be a key"),
        ("a: &x [1]\n*x : 2", "cannot be a key"),
        ("a: 1\n---\nb: 2", "second document"),
        ("a: [1", "not valid YAML"),
        ("a: 'x", "not valid YAML"),
        ("a\tb: c: d", "not valid YAML"),
        ("%YAML 9.9\n---\na: 1", "not valid YAML"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(text.encode())
    assert message in caught.value.problem.message


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"a: \xc3\x28", b"\x00", b"a: \x1b[0m"])
def test_refuses_bytes_that_are_no_text(text: bytes) -> None:
    with pytest.raises(YamlError):
        read_yaml(text)


def test_an_error_names_its_line() -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(b"a: 1\nb: 2\nc: [1")
    assert caught.value.problem.line in (3, 4)


def test_positions_are_lines_by_path() -> None:
    positions: Positions = {}
    read_yaml(b"a: 1\nb:\n  - x\n  - c: 3\n", positions)
    assert positions == {("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "c"): 4}


SPEED = """
import time, yaml
from paysim_engine.scenario.yaml_reader import read_yaml

names = [f"BANK_{i:03d}" for i in range(60)]
data = {name: {other: round(0.1 + i * 0.0137, 4) for i, other in enumerate(names)} for name in names}
text = yaml.safe_dump(data).encode()

def fastest(read):
    times = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        times.append(time.process_time() - start)
    return min(times)

print(fastest(read_yaml) / fastest(lambda text: yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))))
"""


def test_is_faster_than_the_plain_loader() -> None:
    # In a process of its own, where no coverage is measured. A third is usual; the bound is for a busy machine.
    result = subprocess.run([sys.executable, "-c", SPEED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(result.stdout) < 0.9
