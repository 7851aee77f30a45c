"""The rounds of liquidity saving after the retry (D32), and the records of what each algorithm did (D33)."""

from mypy_extensions import i64

from paysim_engine.core.codes import LSM_RELEASED_LIQUIDITY
from paysim_engine.core.lsm import Lsm
from paysim_engine.core.rtgs import Rtgs
from paysim_engine.core.state import State


def run_rounds(state: State, rtgs: Rtgs, lsm: Lsm) -> i64:
    """Run the enabled algorithms, retry what they made possible, and again until nothing settles.

    Returns:
        How many payments the algorithms themselves settled.
    """
    config = state.config.lsm
    total: i64 = 0
    while state.queues.size2 > 0:
        settled: i64 = 0
        if config.bilateral:
            settled += lsm.bilateral()
        if config.cycles:
            settled += lsm.cycles()
        if config.multilateral:
            settled += lsm.multilateral()
        if settled == 0:
            break
        total += settled
        rtgs.retry(LSM_RELEASED_LIQUIDITY)
    return total


def record_algorithms(state: State, rtgs: Rtgs, lsm: Lsm) -> None:
    """Emit the tick's three `AlgorithmExecution`: retries, bilateral, cycles with multilateral."""
    recorder = state.recorder
    recorder.algorithm_execution(1, 1 if rtgs.retried > 0 else 0, rtgs.retried, rtgs.retried_value, 0)
    recorder.algorithm_execution(2, 1 if lsm.bilateral_count > 0 else 0, lsm.bilateral_count, lsm.bilateral_value, 0)
    recorder.algorithm_execution(
        3, 1 if lsm.group_count > 0 else 0, lsm.group_count, lsm.group_value, 1 if lsm.truncated else 0
    )
