"""Ctrl-C is obeyed after the tick, not in the middle of one."""

import os
import signal
import threading

import pytest

from paysim_pipeline.interruption import Interruption


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_remembered_and_the_second_raises() -> None:
    with Interruption() as interruption:
        interruption.check()
        press()
        assert interruption.requested
        with pytest.raises(KeyboardInterrupt):
            interruption.check()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_afterwards_everything_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_are_left_alone() -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with Interruption() as interruption:
                interruption.check()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failures == []
