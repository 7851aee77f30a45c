"""`lsm_config`: the liquidity-saving mechanisms (06 §6, D31). On unless switched off."""

from typing import Annotated

from paysim_engine.scenario.bounds import MONEY_MAX
from paysim_engine.scenario.fields import Whole
from paysim_engine.scenario.sections.base import Section


class Lsm(Section):
    """Which netting algorithms run, and how far the cycle search goes."""

    enable_bilateral: bool = True
    enable_cycles: bool = True
    enable_multilateral: bool = False
    max_cycle_length: Annotated[int, Whole(3, 10)] = 4
    max_cycles_per_tick: Annotated[int, Whole(1, 100)] = 10
    cycle_search_limit: Annotated[int, Whole(1, MONEY_MAX)] = 10_000
