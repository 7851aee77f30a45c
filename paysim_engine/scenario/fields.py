"""Kinds of values in a scenario file: how a number may be spelled, and between which bounds.

Belongs here: the coercion rules of 06 §1 as types that the sections use. Does not belong here: any key.

Integers: an integer, a float without a fraction, or a string of digits. Floats: an integer, a float, or a numeric
string. Never a boolean, never NaN or an infinity. The usual case, a number of the right type, is checked by
pydantic's own compiled validators without a call into Python; only other spellings reach `_whole` and `_real`.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from paysim_engine.scenario.bounds import ID_LENGTH_MAX, MONEY_MAX, RATE_MAX, TICK_MAX, WEIGHT_MAX, readable

_DIGITS = re.compile(r"[+-]?[0-9]{1,40}")
_NUMERIC = re.compile(r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?")


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`, both included; `unit` is for the message."""

    low: int
    high: int
    unit: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """One error with one message, however the value fails."""
        unit = f" of {self.unit}" if self.unit else ""
        return _one_message(
            f"must be a whole number{unit} from {_bound(self.low)} to {_bound(self.high)}",
            core_schema.int_schema(strict=True, ge=self.low, le=self.high),
            core_schema.no_info_before_validator_function(
                _whole, core_schema.int_schema(strict=True, ge=self.low, le=self.high)
            ),
        )


@dataclass(frozen=True)
class Real:
    """A finite number from `low` (or above it, if `above`) to `high`; `low` None for no lower bound."""

    low: float | None
    high: float | None
    above: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """One error with one message, however the value fails."""
        limits: dict[str, Any] = {"strict": True, "allow_inf_nan": False, "le": self.high}
        limits["gt" if self.above else "ge"] = self.low
        schema = core_schema.float_schema(**limits)
        return _one_message(self._message(), schema, core_schema.no_info_before_validator_function(_real, schema))

    def _message(self) -> str:
        if self.low is None or self.high is None:
            return "must be a finite number"
        low, high = _bound(int(self.low)), _bound(int(self.high))
        return (
            f"must be a number above {low}, at most {high}" if self.above else f"must be a number from {low} to {high}"
        )


def _bound(number: int) -> str:
    return f"-{readable(-number)}" if number < 0 else readable(number)


def _one_message(message: str, *choices: CoreSchema) -> CoreSchema:
    return core_schema.custom_error_schema(
        core_schema.union_schema(list(choices), mode="left_to_right"),
        custom_error_type="number",
        custom_error_message=message,
    )


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return value


def _real(value: Any) -> Any:
    if isinstance(value, str) and _NUMERIC.fullmatch(value):
        return float(value)
    return value


def broken(message: str, **context: Any) -> PydanticCustomError:
    """The error of a rule that spans several keys; `key` in the context names the key to show."""
    return PydanticCustomError("rule", message, context or None)


def given(words: str) -> BeforeValidator:
    """For a value that may be left out but not be null; `words` say what it must be (06 §1)."""

    def refuse_null(value: Any) -> Any:
        if value is None:
            raise broken(words)
        return value

    return BeforeValidator(refuse_null)


def _agent_id(value: str) -> str:
    if not value.strip():
        raise broken("must not be blank")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise broken("must not hold control characters")
    return value


Text = Annotated[str, StringConstraints(strict=True)]
AgentId = Annotated[str, StringConstraints(strict=True, max_length=ID_LENGTH_MAX), AfterValidator(_agent_id)]

Money = Annotated[int, Whole(-MONEY_MAX, MONEY_MAX, "cents")]
"""Cents of either sign."""
Cents = Annotated[int, Whole(0, MONEY_MAX, "cents")]
Amount = Annotated[int, Whole(1, MONEY_MAX, "cents")]
"""Cents, at least one."""
Tick = Annotated[int, Whole(0, TICK_MAX)]
Ticks = Annotated[int, Whole(1, TICK_MAX, "ticks")]
"""A span of at least one tick."""
Priority = Annotated[int, Whole(0, 10)]
Rate = Annotated[float, Real(0, RATE_MAX)]
Multiplier = Annotated[float, Real(0, RATE_MAX, above=True)]
Fraction = Annotated[float, Real(0, 1)]
Moment = Annotated[float, Real(0, MONEY_MAX, above=True)]
"""A mean or a standard deviation in cents, above 0."""
Weight = Annotated[float, Real(0, WEIGHT_MAX)]
Number = Annotated[float, Real(None, None)]
