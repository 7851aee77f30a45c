"""A report read back from its file: headings, tables, names and values, the rows that its charts draw.

Belongs here: taking a page apart. Does not belong here: what should stand in it.
"""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

Row = dict[str, Any]
Table = list[list[str]]


@dataclass
class Page:
    """What a page holds.

    Attributes:
        headings: level and text of each heading, in order.
        facts: the names and values above everything.
        tables: (part, caption) -> lines of cells, headings first, headings of groups left out.
        specs: name of a chart -> its specification.
        captions: name of a chart -> the sentence below it.
        sections: the parts, in order.
        empty: part -> what it says instead of figures.
    """

    headings: list[tuple[int, str]] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    specs: dict[str, Row] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)
    empty: dict[str, str] = field(default_factory=dict)

    def rows(self, name: str, layer: int = 0) -> list[Row]:
        """The rows that a chart draws; of a chart of several, those of one layer."""
        spec = self.specs[name]
        part = spec["layer"][layer] if "layer" in spec else spec
        source = part["data"] if "data" in part else spec["data"]
        rows: list[Row] = source["values"] if "values" in source else spec["datasets"][source["name"]]
        # The last value of a line is held to the end: drawn, but no value of its own.
        return [row for row in rows if not row.get("end")]

    def table(self, part: str, caption: str) -> dict[str, list[str]]:
        """The lines of a table by their first cell."""
        return {line[0]: line[1:] for line in self.tables[part, caption][1:]}


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.inside = False
        self.text = ""
        self.name = ""
        self.caption = ""
        self.table: Table = []
        self.attributes: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("h1", "h2", "h3", "dt", "dd", "th", "td", "caption", "figcaption", "script", "p"):
            self.text, self.attributes = "", given
        elif tag == "section":
            self.inside = True
            self.page.sections.append(given["id"] or "")
        elif tag == "table":
            self.table = []
        elif tag == "tr":
            self.table.append([])

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        page, attributes = self.page, self.attributes
        if tag in ("h1", "h2", "h3"):
            page.headings.append((int(tag[1]), self.text))
        elif tag == "section":
            self.inside = False
        elif tag == "dt":
            self.name = self.text
        elif tag == "dd":
            page.facts[self.name] = self.text
        elif tag == "caption":
            self.caption = self.text
        elif tag in ("th", "td"):
            self.table[-1].append(self.text)
        elif tag == "table":
            page.tables[page.sections[-1], self.caption] = [line for line in self.table if len(line) > 1]
        elif tag == "figcaption":
            page.captions[(attributes["id"] or "").removesuffix("-caption")] = self.text
        elif tag == "script" and attributes.get("type") == "application/json":
            page.specs[(attributes["id"] or "").removesuffix("-data")] = json.loads(self.text)
        elif tag == "p" and attributes.get("class") == "empty" and self.inside:
            page.empty[page.sections[-1]] = self.text


def read(text: str) -> Page:
    """Take a page apart."""
    page = Page()
    # The drawing code is long and holds nothing to read.
    _Reader(page).feed(text.split("<script>", 1)[0])
    return page
