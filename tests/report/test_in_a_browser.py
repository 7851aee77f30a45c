"""Reports in Chromium: every chart is drawn, nothing is asked of a network, nothing complains, nothing is too wide."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from paysim_pipeline.report import write_comparison, write_report
from tests.report.hostile import HOSTILE, hostile_warehouse

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ("stress", "policies", "both")
DRAWN = "document.querySelectorAll('.chart').length === document.querySelectorAll('.chart svg.marks').length"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium on the path; install the package `chromium` to look at reports")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages; one run has a bank and a scenario with a hostile name."""
    made = tmp_path_factory.mktemp("pages")
    with duckdb.connect(str(hostile_warehouse(made)), read_only=True) as connection:
        for name in ("stress", "policies"):
            write_report(connection, name, made / f"{name}.html")
        write_comparison(connection, ["stress", "policies"], made / "both.html")
    return made


class Watched:
    """A page of the browser, and what it said or asked for."""

    def __init__(self, browser: Browser, file: Path, width: int) -> None:
        self.heard: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.on("console", lambda message: self.heard.append(message.text))
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("dialog", self.interrupted)
        self.page.on("request", self.asked)
        self.page.goto(file.as_uri())
        self.page.wait_for_function(DRAWN)

    def asked(self, request: Request) -> None:
        """The page asks for something that is not in it."""
        if not request.url.startswith(("file:", "data:")):
            self.heard.append(request.url)

    def interrupted(self, dialog: Dialog) -> None:
        """A script that is not ours runs."""
        self.heard.append(dialog.message)
        dialog.dismiss()


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_everything_is_drawn_and_fits(browser: Browser, folder: Path, name: str, width: int) -> None:
    watched = Watched(browser, folder / f"{name}.html", width)
    page = watched.page
    assert page.locator(".chart").count() >= 4
    assert page.evaluate("document.documentElement.scrollWidth") == width
    wide = page.evaluate("[...document.querySelectorAll('.chart svg')].map((svg) => svg.getBoundingClientRect().right)")
    assert max(wide) <= width
    assert watched.heard == []
    page.close()


def _told(page: Page, chart: str) -> str:
    """What the pointer says in the middle of a chart."""
    place = page.locator(f"#{chart}")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    tooltip = page.locator("#vg-tooltip-element.visible")
    # As a hand moves it: a pointer that jumps while the chart is drawn anew is not seen.
    for step in range(100):
        page.mouse.move(box["x"] + box["width"] / 2 + step, box["y"] + box["height"] / 2)
        page.wait_for_timeout(30)
        if tooltip.count():
            return tooltip.inner_text()
    raise AssertionError(f"{chart}: nothing is shown under the pointer")


def test_numbers_under_the_pointer_and_behind_a_figure(browser: Browser, folder: Path) -> None:
    watched = Watched(browser, folder / "stress.html", 1280)
    page = watched.page
    for name in ("balances-1", "settled-1", "throughput-1"):
        told = _told(page, name)
        assert "tick" in told
        # A line has a name: one of those of the legend.
        entries = page.locator(f"figure:has(#{name}) .legend li").all_inner_texts()
        assert any(entry.lstrip("■ ") in told for entry in entries)
        assert "undefined" not in told
    folded = page.locator("details.data")
    for place in range(folded.count()):
        folded.nth(place).locator("summary").click()
        folded.nth(place).locator("tbody tr").first.wait_for()
    assert page.locator("details.data").first.locator("td", has_text=HOSTILE).count() > 0
    assert watched.heard == []
    page.close()


def test_in_print_tables_are_unfolded_and_figures_fit(browser: Browser, folder: Path, tmp_path: Path) -> None:
    watched = Watched(browser, folder / "stress.html", 1280)
    page = watched.page
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert page.locator("details.more").count() == page.locator("details.more[open]").count() > 0
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    assert not page.locator("nav").is_visible()
    assert not page.locator("details.data").first.is_visible()
    assert page.evaluate("Math.max(...[...document.querySelectorAll('svg')].map((s) => s.clientWidth))") <= 700
    assert watched.heard == []
    page.close()
