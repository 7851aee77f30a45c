"""The pictures of docs/with-dagster.md, taken by going its way: `python -m tests.browser.pictures [FOLDER]`.

Belongs here: what stands in the pictures. Does not belong here: expectations (`test_ui`), or how the UI is driven
(`ui`). It takes some minutes, and writes into `docs/images` unless told otherwise.
"""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import ui
from tests.conftest import ROOT

RICHER = ("opening_balance: 2200000", "opening_balance: 3300000")
MISTAKE = ("opening_balance:", "opening_balanse:")
# The editor indents by itself.
SEED = "ops:\n  simulation_run:\n  config:\n  seed: 7"


def take(page: Page, scenarios: Path, pictures: Path) -> None:
    """Go the way of the page, and take its pictures.

    Args:
        page: at a server whose history is empty.
        scenarios: the server's folder of scenario files; some are changed.
        pictures: where the pictures go.
    """

    def picture(name: str, height: int = 0) -> None:
        ui.picture(page, pictures / f"{name}.png", height)

    dialog = ui.open_dialog(page)
    dialog.get_by_role("button", name="All", exact=True).click()
    expect(dialog.get_by_text("4 partitions", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Launch backfill").click()
    page.get_by_role("button", name="View", exact=True).or_(page.get_by_role("link", name="View", exact=True)).click()
    expect(page.get_by_text("100% completed")).to_be_visible()

    page.set_viewport_size({"width": 1200, "height": 420})
    page.goto("/asset-groups")
    expect(page.get_by_text("regression", exact=True).first).to_be_visible()
    page.get_by_role("button", name="panel_show_right", exact=True).click()
    expect(page.get_by_placeholder("Jump to")).to_be_hidden()
    page.mouse.move(255, 230)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -150)
    page.keyboard.up("Control")
    picture("graph")
    page.goto("/automation")
    expect(page.get_by_text("At 03:00 AM")).to_be_visible()
    picture("automation")

    page.set_viewport_size({"width": 1200, "height": 700})
    dialog = ui.open_dialog(page)
    ui.choose(page, dialog, "gridlock")
    picture("launch")
    dialog.get_by_text("Config", exact=True).click()
    dialog.get_by_role("button", name="Add config").click()
    # Focus, not a click: a place in an empty editor may not be hit.
    page.locator(".CodeMirror textarea").last.focus()
    page.keyboard.type(SEED)
    expect(page.get_by_role("button", name="Save config")).to_be_enabled()
    picture("launchpad")
    page.get_by_role("button", name="Save config").click()
    dialog.get_by_role("button", name="Launch 1 run").click()
    ui.follow(page)
    ui.outcome(page)
    expect(page.get_by_text(re.compile(r"Succeeded \([1-9]"))).to_be_attached()
    page.set_viewport_size({"width": 1200, "height": 900})
    ui.search_log(page, "step:bundle_checks")
    expect(page.get_by_text("Check repeatable succeeded")).to_be_visible()
    picture("run")

    page.set_viewport_size({"width": 1200, "height": 700})
    ui.open_partition(page, "simulation_run", "liquidity_stress")
    picture("asset")
    ui.open_partition(page, "scenario_report", "liquidity_stress")
    page.get_by_text("[Show Markdown]").first.click()
    expect(page.get_by_role("dialog").get_by_role("img", name="balances")).to_be_visible()
    picture("plot")
    page.goto("/assets/simulation_run?view=checks")
    page.get_by_text("money_conserved", exact=True).first.click()
    expect(page.get_by_text("Settlement creates and destroys no cent.")).to_be_visible()
    expect(page.get_by_text("Evaluation result")).to_be_visible()
    picture("checks")

    changed = scenarios / "liquidity_stress.yaml"
    changed.write_text(changed.read_text().replace(*RICHER))
    _build(page, "scenario_file", "liquidity_stress")
    page.set_viewport_size({"width": 1200, "height": 500})
    ui.open_partition(page, "simulation_run", "liquidity_stress")
    expect(page.get_by_text("Unsynced")).to_be_visible()
    picture("stale")

    page.set_viewport_size({"width": 1200, "height": 700})
    page.goto("/locations/paysim/jobs/regression_runs")
    page.get_by_role("button", name="Materialize").first.click()
    ui.follow(page)
    ui.outcome(page)
    page.goto("/assets/regression?view=checks&checkDetail=liquidity_stress_same_metrics")
    expect(page.get_by_text("Evaluation result")).to_be_visible()
    picture("regression")

    changed.write_text(changed.read_text().replace(*MISTAKE, 1))
    _build(page, "scenario_file", "liquidity_stress")
    ui.search_log(page, "step:scenario_file")
    expect(page.get_by_text("balanse").first).to_be_visible()
    # What follows is a stack trace through the folders of this machine.
    picture("failed", 560)


def _build(page: Page, asset: str, scenario: str) -> None:
    """Build one partition of one asset from its own page, and wait for the end of the run."""
    ui.open_partition(page, asset, scenario)
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_role("button", name="Launch 1 run").click()
    ui.follow(page)
    ui.outcome(page)


def main() -> None:
    """Take all pictures, with a server that is gone afterwards."""
    pictures = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    program = ui.chromium()
    if program is None:
        sys.exit("there is no Chromium on the path; install the package `chromium`")
    with tempfile.TemporaryDirectory(prefix="lab_") as folder:
        place = Path(folder) / "paysim"
        with ui.served(place) as address, ui.opened(program, address) as page:
            try:
                take(page, place / "scenarios", pictures)
            except Exception:
                page.screenshot(path=pictures / "stopped_here.png")
                raise


if __name__ == "__main__":
    main()
