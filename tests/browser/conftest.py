"""What the browser tests share: a server with a run that was launched by clicking, and a page.

Belongs here: fixtures. Does not belong here: how a server or a browser is driven (`ui`). The tests are skipped only
where there is no Chromium.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.browser import ui
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of Chromium, at a Dagster server of its own."""
    program = ui.chromium()
    if program is None:
        pytest.skip("there is no Chromium on the path; install the package `chromium` to run the browser tests")
    with ui.served(tmp_path_factory.mktemp("dagster") / "paysim") as address, ui.opened(program, address) as page:
        yield page


@pytest.fixture(scope="session")
def pictures() -> Path:
    """The folder of the screenshots that the tests leave (README.md)."""
    return _folder()


def _folder() -> Path:
    folder = Path(os.environ.get("PAYSIM_SCREENSHOTS") or ROOT / "build" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave a screenshot of what a test that failed had before it."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.failed and page is not None:
        target = _folder() / f"failed_{item.name}.png"
        # A page that cannot be pictured any more must not end the whole suite.
        with suppress(PlaywrightError):
            ui.picture(page, target)
            report.sections.append(("screenshot", str(target)))
    return report
