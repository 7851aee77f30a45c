"""The reference page and the sections say the same."""

import re

import pytest

from paysim_engine.scenario import bounds
from paysim_engine.scenario.sections.feature_toggles import CostCategory, PolicyCategory
from paysim_engine.scenario.shape import keys, required, sections, tags
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "scenario-reference.md").read_text()
WORDS = set(re.findall(r"`([A-Za-z_0-9]+)`", PAGE)) | {
    word for line in re.findall(r"`\{.*?\}`", PAGE) for word in re.findall(r"\w+", line)
}
ALL = sorted({(path, name) for path, model in sections() for name in keys(model)})


@pytest.mark.parametrize(("path", "name"), ALL)
def test_every_key_is_explained(path: str, name: str) -> None:
    assert name in WORDS


def test_every_variant_and_category_is_named() -> None:
    variants = {tag for _, model in sections() for tag in tags(model)}
    categories = {*PolicyCategory.__args__, *CostCategory.__args__}  # type: ignore[attr-defined]
    assert variants | categories <= WORDS


def test_required_keys_are_said_to_be() -> None:
    assert required(dict(sections())["simulation"]) == {"ticks_per_day", "num_days", "rng_seed"}
    assert PAGE.count("| int, required |") == 3


def test_limits_are_those_of_the_code() -> None:
    limits = PAGE.split("## limits")[1].split("## ")[0]
    for bound in (
        *(bounds.MONEY_MAX, bounds.TICK_MAX, bounds.TICKS_PER_DAY_MAX, bounds.TOTAL_TICKS_MAX, bounds.EVENTS_MAX),
        *(bounds.RATE_MAX, bounds.WEIGHT_MAX, bounds.MOVED_MAX),
    ):
        assert bounds.readable(bound) in limits
    assert (bounds.DAYS_MAX, bounds.AGENTS_MAX) == (10**5, 10**4)
    for text in ("10^5", "10^4", "200 characters", "64 MiB", "160 levels", "3 million", "16 MiB", "127 levels"):
        assert text in limits


def test_the_smallest_example_loads(tmp_path: object) -> None:
    from pathlib import Path

    from tests.scenario.building import load_text

    example = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    assert load_text(Path(str(tmp_path)), example, strict=True).warnings == []
