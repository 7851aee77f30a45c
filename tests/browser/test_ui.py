"""A user's way through the UI: the graph with its groups.

Belongs here: what a user does and sees in a browser. Does not belong here: what a run leaves in the warehouse, which
the tests of the pipeline look at.
"""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

GROUPS = ["scenarios", "simulation", "raw", "staging", "intermediate", "marts", "comparison", "reports", "regression"]

expect.set_options(timeout=PATIENCE * 1000)


def test_the_graph_shows_every_group(page: Page, pictures: Path) -> None:
    page.goto("/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_attached()
    expect(page.get_by_role("button", name="Materialize all")).to_be_visible()
    page.screenshot(path=pictures / "graph.png")
