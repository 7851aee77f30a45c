"""What the browser tests share: a server as `make dev` starts it, and a page of Chromium.

Belongs here: starting and stopping the two. Does not belong here: what is done in the UI, or expected of it. The tests
are skipped only where there is no Chromium.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from tests.conftest import ROOT

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 120
"""Seconds that anything may take on a busy machine; nothing waits longer than it must."""


@pytest.fixture(scope="module")
def chromium() -> str:
    """The program of the system's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium on the path; install the package `chromium` to run the browser tests")
    return program


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dagster server with an instance, a warehouse and scenarios of its own.

    Beside this checkout's scenarios it has `broken`, which no run can play.
    """
    folder = tmp_path_factory.mktemp("dagster")
    home = folder / "home"
    home.mkdir()
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", home)
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    (folder / "scenarios" / "broken.yaml").write_text("simulation: {ticks_per_day: -1}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "PAYSIM_DB": str(folder / "paysim.duckdb"),
        "PAYSIM_BUNDLES": str(folder / "bundles"),
        "PAYSIM_PUBLISHED": str(folder / "published" / "paysim.duckdb"),
        "PAYSIM_SCENARIOS": str(folder / "scenarios"),
        "PYTHONPATH": str(ROOT),
    }
    # Every process of Dagster would compile its thousand modules anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process, log)
        yield address
    finally:
        _end(process)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            with direct.open(f"{address}/server_info", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, then end whatever is left of its session."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def page(chromium: str, server: str) -> Iterator[Page]:
    """A page that reaches the server and nothing else."""

    def only_here(route: Route) -> None:
        if route.request.url.startswith(f"{server}/"):
            route.continue_()
        else:
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            opened = browser.new_context(viewport={"width": 1200, "height": 800}, base_url=server).new_page()
            opened.set_default_timeout(PATIENCE * 1000)
            opened.route(re.compile("^https?://"), only_here)
            yield opened
        finally:
            browser.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """The folder for screenshots: `PAYSIM_SCREENSHOTS`, or one of pytest's own."""
    folder = Path(os.environ.get("PAYSIM_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
