"""The Dagster UI as a user drives it: a server as `make dev` starts it, a page of Chromium, and the clicks.

Belongs here: starting and stopping the two, and steps that more than one test or picture takes. Does not belong here:
what is expected of the UI (`test_ui`), or which pictures the documentation has (`pictures`).
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import FloatRect, Locator, Page, Route, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.conftest import ROOT

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE: Final = 180
"""Seconds that anything may take on a busy machine; nothing waits longer than it must."""

_MOMENT: Final = 3_000
"""Milliseconds for a click that is tried again."""

_LOOKS: Final = 10
"""How often, once a second, a picture is taken to see that nothing moves any more."""

expect.set_options(timeout=PATIENCE * 1000)


def chromium() -> str | None:
    """The program of the system's Chromium, if it has one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Run a Dagster server with an instance, a warehouse and a copy of the scenarios of its own.

    Args:
        folder: where all of it is kept; the scenarios in `scenarios`.

    Yields:
        The server's address.

    Raises:
        RuntimeError: the server does not start; with what it wrote.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", home)
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "PAYSIM_DB": str(folder / "data" / "paysim.duckdb"),
        "PAYSIM_BUNDLES": str(folder / "data" / "bundles"),
        "PAYSIM_PUBLISHED": str(folder / "data" / "published" / "paysim.duckdb"),
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
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with direct.open(f"{address}/server_info", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")


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


@contextlib.contextmanager
def opened(program: str, address: str) -> Iterator[Page]:
    """Open a page that reaches the server and nothing else.

    Args:
        program: the Chromium to start.
        address: of the server.
    """

    def only_here(route: Route) -> None:
        if route.request.url.startswith(f"{address}/"):
            route.continue_()
        else:
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            page = browser.new_context(viewport={"width": 1200, "height": 800}, base_url=address).new_page()
            page.set_default_timeout(PATIENCE * 1000)
            page.route(re.compile("^https?://"), only_here)
            yield page
        finally:
            browser.close()


def persist(attempt: Callable[[], None]) -> None:
    """Try something again until it is done: a dialog that is drawn anew takes back what was clicked in it.

    Args:
        attempt: what to try; it must be able to find its work half done.

    Raises:
        playwright.sync_api.TimeoutError: what the last attempt failed with, when patience is at its end.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            attempt()
            return
        except PlaywrightTimeoutError:
            if time.monotonic() > until:
                raise


def open_dialog(page: Page) -> Locator:
    """Open the dialog of the job that builds scenarios, from their files to their reports.

    Args:
        page: anywhere in the UI.

    Returns:
        The dialog, ready to be filled in.
    """
    page.goto("/locations/paysim/jobs/build_scenarios")
    page.get_by_role("button", name="Materialize all").click()
    # Not by role: while its list is open, the dialog is hidden from who asks for roles.
    dialog = page.locator("[role=dialog]").filter(has_text="Launch runs to materialize")
    confirm = page.get_by_role("button", name="Confirm")
    # Dagster asks first if something that the job does not build was never built.
    expect(dialog.or_(confirm)).to_be_visible()
    if confirm.is_visible():
        confirm.click()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("Loading pipeline and partition sets")).to_have_count(0)
    return dialog


def choose(page: Page, dialog: Locator, scenario: str) -> None:
    """Choose a partition in the dialog.

    Args:
        page: with the dialog open.
        dialog: with no partition chosen.
        scenario: name of the partition.
    """
    option = page.get_by_role("menuitem").filter(has=page.get_by_title(scenario, exact=True))
    chosen = dialog.get_by_text("1 partition", exact=True)

    def attempt() -> None:
        if not chosen.is_visible():
            if not option.is_visible():
                dialog.get_by_text("Select a partition").click(timeout=_MOMENT)
            option.click(timeout=_MOMENT)
            chosen.wait_for(timeout=_MOMENT)

    persist(attempt)
    # The list lies over the buttons as long as it is open.
    dialog.get_by_text("Launch runs to materialize").click()
    expect(option).to_have_count(0)


def follow(page: Page) -> None:
    """Go to the page of the run that the UI says it has just launched."""
    expect(page.get_by_text("Launched run")).to_be_visible()
    page.get_by_role("button", name="View", exact=True).or_(page.get_by_role("link", name="View", exact=True)).click()
    page.wait_for_url(re.compile("/runs/[0-9a-f-]{36}"))


def outcome(page: Page) -> str:
    """Wait for the end of the run whose page is open, then show it as a whole; `Success` or `Failure`."""
    ended = page.get_by_text(re.compile("^(Success|Failure|Canceled)$")).first
    expect(ended).to_be_visible()
    # The status comes on a way of its own, and may be ahead of the events.
    page.reload()
    expect(page.get_by_text("Executing (0)")).to_be_visible()
    expect(page.get_by_text("Process for run exited")).to_be_visible()
    return ended.inner_text()


def picture(page: Page, target: Path, height: int = 0) -> None:
    """Take a picture of what the page shows, once nothing in it moves any more.

    Args:
        page: what to take a picture of.
        target: the file.
        height: pixels from the top; all by default.
    """
    size = page.viewport_size or {"width": 0, "height": 0}
    clip: FloatRect = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
    seen = b""
    for _ in range(_LOOKS):
        before, seen = seen, page.screenshot(animations="disabled", clip=clip)
        if seen == before:
            break
        page.wait_for_timeout(1000)
    target.write_bytes(seen)


def search_log(page: Page, text: str) -> None:
    """Show those events of the run whose page is open that say something."""
    page.get_by_placeholder("Filter…").last.fill(text)


def open_partition(page: Page, asset: str, scenario: str) -> None:
    """Open what an asset's page says of a partition, and see that it is built.

    Args:
        page: anywhere in the UI.
        asset: its key, parts separated by slashes.
        scenario: name of the partition.
    """
    page.goto(f"/assets/{asset}?view=partitions&partition={scenario}")
    expect(page.get_by_text("Materialized", exact=True)).to_be_visible()
    expect(page.get_by_text("No metadata entries")).to_have_count(0)


def figure(page: Page, name: str) -> str:
    """What the metadata on the page have beside a name."""
    label = page.get_by_role("cell", name=name, exact=True)
    return label.locator("xpath=following-sibling::td").first.inner_text()
