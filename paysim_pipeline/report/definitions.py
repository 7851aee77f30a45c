"""What an indicator means: the words of its model's own description, so that there is one definition of each.

Belongs here: reading `payment_system_indicators.yml`, which unit a description states, groups. Does not belong here:
values of a run, charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Final, Literal

from paysim_pipeline.report.words import count, details, money, percent, table
from paysim_pipeline.settings import PROJECT_ROOT
from paysim_pipeline.warehouse.errors import WarehouseError

Unit = Literal["cents", "fraction", "count", "number"]

_MODEL: Final = PROJECT_ROOT / "dbt_project" / "models" / "marts" / "indicators" / "payment_system_indicators.yml"
_KEYS: Final = ("simulation_id", "scenario", "day")
_GROUPS: Final = {
    "submitted_value": "Payments",
    "max_net_debit_total": "Liquidity",
    "settlement_delay": "Delay and queues",
    "unsettled_value": "Left at the close",
    "share_immediate": "Settled value by mechanism",
    "recycling_ratio": "Recycling of liquidity",
    "avg_settlement_tick": "When value settles within the day",
    "avg_net_debit_weighted": "Who provides the liquidity",
    "herfindahl_value_sent": "Concentration",
}
"""The first indicator of each group in the order of the model -> the group's heading."""


@dataclass(frozen=True)
class Indicator:
    """A column of the model.

    Attributes:
        name: of the column.
        definition: its description, formula and source.
        unit: what the values are.
    """

    name: str
    definition: str
    unit: Unit

    def shown(self, value: float | None) -> str:
        """A value as it is printed; money from cents."""
        if value is None:
            return "–"
        if self.unit == "cents":
            return money(round(value))
        if self.unit == "fraction":
            return percent(value)
        if self.unit == "count" and value == int(value):
            return count(int(value))
        return f"{value:,.2f}"


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of those that there are; nothing if there are none."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def summary(values: Sequence[float | None]) -> list[float | None]:
    """Mean, median, lowest and highest of those that there are; one day can make a mean of ratios useless."""
    known = [value for value in values if value is not None]
    return [mean(known), median(known), min(known), max(known)] if known else [None] * 4


def grouped() -> list[tuple[int, str]]:
    """Place of the first indicator of each group among `indicators`, and the group's heading."""
    order = [indicator.name for indicator in indicators()]
    return sorted((order.index(first), heading) for first, heading in _GROUPS.items() if first in order)


def definitions() -> str:
    """What the indicators mean, as HTML, folded away."""
    rows = [(indicator.name, indicator.definition) for indicator in indicators()]
    title = "Definitions of the indicators"
    listed = table(("indicator", "definition"), rows, caption=title, text=2, silent=True, groups=grouped())
    return details(title, f'<div class="code">{listed}</div>')


@cache
def indicators() -> tuple[Indicator, ...]:
    """All indicators in the order of the model.

    Raises:
        WarehouseError: the description of the model cannot be read.
    """
    import yaml

    try:
        model = yaml.safe_load(_MODEL.read_text(encoding="utf-8"))["models"][0]
    except (OSError, yaml.YAMLError) as error:
        raise WarehouseError(f"{_MODEL}: the definitions of the indicators cannot be read ({error})") from error
    found = []
    for column in model["columns"]:
        if column["name"] not in _KEYS:
            text = " ".join(column["description"].split())
            found.append(Indicator(column["name"], text, _unit(text, column["data_type"])))
    return tuple(found)


def _unit(text: str, data_type: str) -> Unit:
    if "in cents" in text:
        return "cents"
    if "a fraction" in text:
        return "fraction"
    return "number" if data_type == "double" else "count"
