"""A report as one HTML page that fetches nothing and runs nothing: figures with their definitions, tables, charts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..render.charts import Row, bars, figure
from ..render.markup import Markup, asset, join, page, tag
from ..text import Text
from .document import Cell, Document, Table, Words
from .layout import Heading, Item, around, complete, items, legend, meaning, wide

DRAWN = 20
"""So many rows of a table are drawn above it, those with the largest figures."""


def write(document: Document) -> str:
    """The page; the same bytes each time."""
    made = _Page(complete(document))
    style = asset("simulation.css") + asset("document.css")
    title = f"{made.document.title} - {made.document.org.title.to(document.lang)}"
    return page(title, document.lang, *made.body(), style=style)


class _Page:
    """A document in the making."""

    def __init__(self, document: Document) -> None:
        self.document, self.lang = document, document.lang
        self.items = list(items(document))
        self.given: set[str] = set()

    def say(self, vi: str, en: str) -> str:
        """The words of the page's language."""
        return Text(vi, en).to(self.lang)

    def body(self) -> Iterator[Markup]:
        """The parts of the page, one after the other."""
        document = self.document
        yield tag("a", self.say("Bỏ qua mục lục", "Skip the contents"), class_="skip", href="#main")
        yield tag("header", *self.head())
        links = [
            tag("li", tag("a", item.title, href=f"#s{at}"))
            for at, item in enumerate(self.items)
            if isinstance(item, Heading) and item.level == 1
        ]
        yield tag("nav", tag("ul", *links), aria_label=self.say("Mục lục", "Contents")) if links else Markup("")
        facts = (tag("div", tag("dt", label), tag("dd", value)) for label, value in document.facts)
        marks = (tag("p", words, class_="legend") for words in legend(document.cells(), self.lang))
        above = tag("dl", *facts, class_="facts") if document.facts else Markup("")
        written = (part for at, item in enumerate(self.items) for part in self.item(at, item))
        yield tag("main", above, *marks, *written, id="main", tabindex="-1")
        yield tag("footer", tag("p", document.mark)) if document.mark else Markup("")

    def head(self) -> Iterator[Markup]:
        """Whose report it is, its title, its number, and whether it is of a simulation."""
        org, document = self.document.org, self.document
        yield from (tag("p", one.to(self.lang)) for one in (org.superior,) if one)
        yield tag("p", org.title.to(self.lang), class_="agency")
        yield from (tag("p", one) for one in (document.number,) if one)
        yield tag("h1", document.title)
        yield from (tag("p", tag("strong", one)) for one in (document.subtitle,) if one)
        yield from (tag("p", one, class_="warning") for one in (document.simulated,) if one)

    def item(self, at: int, item: Item) -> Iterator[Markup]:
        if isinstance(item, Heading):
            yield tag(f"h{min(item.level, 5) + 1}", item.title, id=f"s{at}")
        elif isinstance(item, Words):
            parts = (part if isinstance(part, str) else self.told(part) for part in item.parts)
            yield tag("p", *(["– "] if item.item else []), *parts, class_="item" if item.item else None)
        else:
            yield from self.table(at, item)

    # Figures

    def told(self, cell: Cell) -> Markup:
        """A figure in prose."""
        return tag("span", self.marked(cell), **self.known(cell))

    def marked(self, cell: Cell) -> Markup:
        """What a cell shows, with its mark."""
        before, after = around(cell, self.lang)
        behind = tag("sup", after) if after.startswith("(") else join(after)
        return join(before, cell.shown, behind)

    def known(self, cell: Cell) -> dict[str, str | None]:
        """What is known of a figure: its id, exact value, basis and, as a tip, its definition. An id stands once on a page."""
        if not cell.id:
            return {}
        source = self.document.sources.get(cell.figure)
        name = "-".join(cell.id.split())
        first = name not in self.given
        self.given.add(name)
        tip = ": ".join(filter(None, (source.title, meaning(source, self.document)))) if source else None
        return {
            "id": name if first else None,
            "class_": cell.basis if cell.basis in ("free", "missing") else None,
            "data_figure": cell.id,
            "data_value": None if cell.value is None else str(cell.value),
            "data_basis": cell.basis,
            "title": tip,
        }

    # Tables

    def table(self, at: int, table: Table) -> Iterator[Markup]:
        """Its picture where there is one, then the table in a region of its own that scrolls where the screen is narrow."""
        above = next((one.title for one in reversed(self.items[:at]) if isinstance(one, Heading)), "")
        title = table.title or above
        yield from self.charts(at, table, title)
        caption = [tag("caption", table.title)] if table.title else []
        heads = (
            tag("th", column.title, scope="col", class_=_side(column.side)) if column.title else tag("td")
            for column in table.columns
        )
        rows = (self.row(table, place) for place in range(len(table.rows)))
        many = wide(table)
        made = tag(
            "table", *caption, tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="many" if many else "slim"
        )
        label = f"{self.say('Bảng', 'Table')} {at}: {title}"
        kind = "wide turned" if many else "wide"
        yield tag("div", made, class_=kind, role="region", aria_label=label, tabindex="0", data_table=table.id)
        if table.note:
            yield tag("p", table.note, class_="note")

    def row(self, table: Table, place: int) -> Markup:
        """A row; its first cell names it where that is words."""
        cells = []
        for at, (column, cell) in enumerate(zip(table.columns, table.rows[place], strict=True)):
            known = self.known(cell)
            kind = " ".join(filter(None, (_side(column.side), known.pop("class_", None)))) or None
            head = at == 0 and not cell.id and cell.shown
            cells.append(
                tag("th" if head else "td", self.marked(cell), scope="row" if head else None, class_=kind, **known)
            )
        return tag("tr", *cells, class_="total" if place in table.totals else None)

    def charts(self, at: int, table: Table, title: str) -> Iterator[Markup]:
        for column in table.chart:
            there = _largest(table, column)
            rows = [_row(row[0], row[column], self.lang) for row in there[:DRAWN]]
            if len(rows) < 2 or not any(row.value for row in rows):
                continue
            head = table.columns[column].title
            shown = self.say(f"{DRAWN} trong {len(there)} dòng", f"{DRAWN} of {len(there)} lines")
            named = ": ".join(filter(None, (title, head))) + f" ({shown})" * (len(there) > DRAWN)
            gist = "; ".join(f"{row.name}: {row.told}" for row in rows[:3])
            whole = all(row.value == row.value.to_integral() for row in rows)
            yield figure(f"chart{at}-{column}", named, gist, bars(rows, head or title, self.lang, whole))


def _side(side: str) -> str | None:
    return "figure" if side == ">" else None


def _largest(table: Table, column: int) -> list[tuple[Cell, ...]]:
    """The rows with a figure in a column, without sums, the largest first."""
    rows = [row for at, row in enumerate(table.rows) if at not in table.totals and row[column].value is not None]
    return sorted(rows, key=lambda row: -Decimal(row[column].value or 0))


def _row(name: Cell, cell: Cell, lang: str) -> Row:
    value = Decimal(cell.value or 0)
    before, after = around(cell, lang)
    return Row(name.shown.strip(), value, value, value, f"{before}{cell.shown}{after}")
