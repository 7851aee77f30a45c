"""What an indicator means: the words of its model's own description, so that there is one definition of each.

Belongs here: reading `payment_system_indicators.yml`, and which unit a description states. Does not belong here:
figures, layout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from paysim_pipeline.report.words import count, money, percent
from paysim_pipeline.settings import PROJECT_ROOT
from paysim_pipeline.warehouse.errors import WarehouseError

Unit = Literal["cents", "fraction", "count", "number"]

_MODEL: Final = PROJECT_ROOT / "dbt_project" / "models" / "marts" / "indicators" / "payment_system_indicators.yml"
_KEYS: Final = ("simulation_id", "scenario", "day")


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
