"""Simulated years as one HTML page: headline figures, charts with their tables, what other scenarios change, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from ..spread import Spread
from ..text import Text, number
from .charts import Axes, Draw, Row, bars, beyond, binned, curve, figure, histogram, intervals
from .grounds import BASES, Reason, changes, reasons
from .markup import Markup, asset, page, tag
from .plain import SIMULATED
from .scene import TITLES, Result, Scene, cut_short, differences, fewest, hours_of, interval, runs_told, signed, told
from .simulation import overlooked, published
from .yeartables import (
    PAIRING,
    Grid,
    busiest,
    causes,
    compared,
    figures,
    lates,
    longest_waits,
    of_which_steps,
    officers,
    spreads,
    waits,
)

OFFICERS_DRAWN = 30

_HEADLINES = ("late", "late_share", "misroutes", "busiest", "resolved", "open")


def as_html(result: Result, others: Sequence[Result] = (), lang: str = "vi") -> str:
    """The page; with `others` it tells what they change against the result. Nothing is fetched and nothing is run.

    The same years give the same bytes.
    """
    made = _Page(result, others, lang)
    title = f"{made.heading()} - {result.scene.org.title.to(lang)}"
    return page(title, lang, *made.body(), style=asset("simulation.css"))


class _Page:
    """One result in one language."""

    def __init__(self, result: Result, others: Sequence[Result], lang: str) -> None:
        self.result, self.others, self.lang = result, others, lang
        self.scene, self.summary = result.scene, result.summary
        self.single = len(result.outcomes) == 1

    def say(self, vi: str, en: str) -> str:
        """The words of the page's language."""
        return en if self.lang == "en" else vi

    def number(self, value: Decimal) -> str:
        return told(value, self.lang)

    def heading(self) -> str:
        """What was simulated, in short."""
        named = self.named(self.scene)
        return self.say(f"Mô phỏng năm {self.scene.year}: {named}", f"Simulation of {self.scene.year}: {named}")

    def named(self, scene: Scene) -> str:
        """What a scenario is called."""
        return scene.title.to(self.lang) or scene.name

    def body(self) -> Iterator[Markup]:
        """The parts of the page, one after the other."""
        parts = list(self.parts())
        yield tag("a", self.say("Tới các số liệu chính", "Go to the figures"), class_="skip", href="#main")
        yield tag("header", tag("h1", self.heading()), *self.notice())
        links = (tag("li", tag("a", title, href=f"#{name}")) for name, title, _ in parts)
        yield tag("nav", tag("ul", *links), aria_label=self.say("Mục lục", "Contents"))
        sections = (tag("section", tag("h2", title, id=f"{name}-h"), *inside, id=name) for name, title, inside in parts)
        yield tag("main", *sections, id="main", tabindex="-1")

    def notice(self) -> Iterator[Markup]:
        """What a reader must know first: that it is a simulation, of how many years, and whether it was cut short."""
        words = [SIMULATED.to(self.lang), runs_told(self.summary, self.lang)]
        inside = [tag("p", tag("strong", words[0]), ". ", words[1], ".")]
        if cut := cut_short(fewest([self.result, *self.others]), self.lang):
            inside.append(tag("p", tag("strong", cut)))
        if self.others:
            inside.append(tag("p", self.of_the_base()))
        link = tag("a", self.say("các giả định", "what is assumed"), href="#grounds")
        inside.append(
            tag(
                "p",
                self.say("Số nào đọc được, số nào giả định: xem ", "Which number is read and which assumed: see "),
                link,
                ".",
            )
        )
        yield tag(
            "p",
            self.scene.org.title.to(self.lang),
            ". ",
            self.say("Kịch bản ", "Scenario "),
            tag("code", self.scene.name),
            ".",
        )
        yield tag("section", tag("h2", self.say("Đọc trước khi dùng", "Read this first")), *inside, class_="notice")

    def of_the_base(self) -> str:
        """Which parts of the page speak of the base alone."""
        return self.say(
            "Trang này so các kịch bản khác với kịch bản gốc ở mục “Nếu khác đi thì sao”; mọi mục còn lại là của kịch bản gốc.",
            "This page compares other scenarios with the base under “What if”; all its other parts are of the base alone.",
        )

    def parts(self) -> Iterator[tuple[str, str, list[Markup]]]:
        """The sections: id, title, content."""
        yield "figures", self.say("Số liệu chính", "Main figures"), list(self.figures())
        if self.others:
            yield "whatif", self.say("Nếu khác đi thì sao", "What if"), list(self.whatif())
        yield "late", self.say("Hồ sơ trễ hạn", "Late dossiers"), list(self.late())
        yield "waits", self.say("Hàng chờ", "Queues"), list(self.waits())
        yield "officers", self.say("Cán bộ", "Officers"), list(self.officers())
        yield "grounds", self.say("Các giả định", "What is assumed"), [self.grounds()]

    # Main figures

    def figures(self) -> Iterator[Markup]:
        found = self.summary._asdict()
        yield tag("dl", *(self.card(name, found[name]) for name in _HEADLINES), class_="figures")
        if not self.single:
            yield tag(
                "p",
                self.say(
                    "Mỗi số là trung bình của các năm mô phỏng, ± khoảng tin cậy 95% của trung bình; cứ mười năm thì chừng tám"
                    " năm ở trong khoảng p10-p90.",
                    "Each figure is the mean of the simulated years, ± its 95 % interval; about eight years of ten lie between"
                    " p10 and p90.",
                ),
            )
        yield from (tag("p", f"{line}.") for line in published(self.result, self.lang))
        every = self.say("Mọi số liệu của năm", "All figures of the year")
        yield self.folded(every, every, spreads(figures(self.result, self.lang), self.result, self.lang))

    def card(self, name: str, spread: Spread) -> Markup:
        title = TITLES[name].to(self.lang)
        mean, _, half = interval(spread, self.lang).partition(" ± ")
        told = [tag("dt", title), tag("dd", mean, class_="value")]
        if half:
            told.append(tag("dd", f"± {half}", class_="more"))
            told.append(tag("dd", f"p10-p90: {self.number(spread.p10)}-{self.number(spread.p90)}", class_="more"))
        return tag("div", *told)

    # What if

    def whatif(self) -> Iterator[Markup]:
        found = [(self.named(other.scene), differences(self.result, other)) for other in self.others]
        rows = []
        for name, differing in found:
            late = differing["late"]
            half = late.half or Decimal(0)
            rows.append(Row(name, late.mean, late.mean - half, late.mean + half, signed(late, self.lang)))
        title = self.say(
            "Số hồ sơ trễ hạn nhiều hơn hay ít hơn so với kịch bản gốc, mỗi năm",
            "How many more or fewer dossiers are late than in the base scenario, a year",
        )
        yield tag(
            "p",
            self.say(
                "Cùng hạt giống thì hai kịch bản gặp cùng may rủi, nên hiệu số rõ hơn. Vạch ngang là khoảng tin cậy 95%;"
                " chứa 0 thì chưa thể nói là khác.",
                "With the same seeds both scenarios meet the same chances, so that the difference shows better. The line across"
                " is the 95 % interval; where it holds 0, they can't be told apart.",
            ),
        )
        yield self.chart(
            "whatif-late",
            title,
            intervals(rows, self.say("hồ sơ trễ hạn, hiệu số", "late dossiers, difference"), self.lang),
            compared((self.named(self.scene), self.result), found, self.lang),
            rows,
        )
        if beyond(rows):
            far = ", ".join(f"{row.name}: {row.told}" for row in beyond(rows))
            arrow = self.say(
                "Mũi tên: hiệu số hoặc khoảng của nó ra xa ngoài khung hình, hơn năm lần các kịch bản khác",
                "Arrow: the difference or its interval goes far out of the frame, more than five times as far as the others",
            )
            yield tag("p", f"{arrow} ({far}).")
        yield tag(
            "p",
            self.say("Trong bảng số liệu của biểu đồ, ", "In the table of the chart's figures, "),
            PAIRING.to(self.lang),
            ".",
        )
        for other in self.others:
            yield from self.changed(other.scene)

    def changed(self, scene: Scene) -> Iterator[Markup]:
        """The numbers that a scenario has otherwise than the base."""
        heads = [
            self.say("Số", "Number"),
            self.say("Kịch bản gốc", "Base"),
            self.say("Kịch bản này", "This one"),
            self.say("Căn cứ", "Basis"),
            self.say("Vì sao", "Why"),
        ]
        changed = changes(self.scene.grounds, scene.grounds, self.scene.org)
        rows = [row for reason, before in changed for row in self.reason(reason, before)]
        if rows:
            name = self.named(scene)
            yield tag("h3", self.say(f"{name}: số khác kịch bản gốc", f"{name}: numbers other than the base's"))
            yield self.reasoned(self.say(f"Số của {name}", f"Numbers of {name}"), heads, rows)

    # Late dossiers

    def late(self) -> Iterator[Markup]:
        if not self.single:
            yield self.histogram()
        arisen = causes(self.result, self.lang)
        title = self.say("Vì sao trễ hạn", "Why dossiers are late")
        if not arisen:
            yield tag("p", self.say("Không có hồ sơ nào trễ hạn.", "No dossier is late."))
            return
        rows = [self.row(name, spread) for name, spread in arisen]
        axis = self.say("hồ sơ trễ hạn một năm", "late dossiers a year")
        grid = spreads(arisen, self.result, self.lang)
        yield self.chart("causes", title, bars(rows, axis, self.lang, self.single), grid, rows)
        yield from (tag("p", f"{line}.") for line in overlooked(self.result, self.lang))
        if self.single:
            yield self.lates()

    def lates(self) -> Markup:
        """The late dossiers of the one year, one by one."""
        grid = lates(self.result.outcomes[0].lates, self.scene, self.lang)
        title = self.say("Từng hồ sơ trễ hạn", "The late dossiers, one by one")
        return self.folded(title, title, grid)

    def histogram(self) -> Markup:
        values, known = [one.late for one in self.result.outcomes], self.scene.published
        bins = binned(values)
        mark = (
            None
            if known is None
            else (known, self.say(f"đã công bố: {number(known)}", f"published: {number(known, 'en')}"))
        )
        axes = Axes(
            self.say("số năm mô phỏng", "simulated years"),
            self.say("hồ sơ trễ hạn trong năm", "late dossiers in the year"),
            self.lang,
        )
        title = self.say(
            "Các năm mô phỏng có bao nhiêu hồ sơ trễ hạn", "How many dossiers are late in the simulated years"
        )
        late = self.summary.late
        low, high = self.number(late.least), self.number(late.most)
        gist = self.say(
            f"Từ {low} đến {high}, trung vị {self.number(late.p50)}.",
            f"From {low} to {high}, median {self.number(late.p50)}.",
        )
        gist += " " + " ".join(published(self.result, self.lang))
        single = bins[0].first == bins[0].last
        lines = [
            [
                self.number(Decimal(one.first)) + ("" if single else f"-{self.number(Decimal(one.last))}"),
                number(one.years, self.lang),
            ]
            for one in bins
        ]
        grid = Grid([axes.along, axes.up], lines, "<>")
        return figure("per-year", title, gist.strip(), histogram(bins, axes, mark), self.under(title, grid))

    # Queues

    def waits(self) -> Iterator[Markup]:
        yield self.queue()
        rows = []
        for key, text in longest_waits(self.result).items():
            waited = hours_of(self.summary.steps[key].waited)
            assert waited is not None
            rows.append(self.row(f"{key[0]}: {text.to(self.lang)}", waited))
        if not rows:
            return
        which = of_which_steps(self.result)
        title = self.say(
            f"{len(rows)} bước phải chờ lâu nhất{which.vi}", f"The {len(rows)} steps with the longest waits{which.en}"
        )
        axis = self.say("giờ làm việc chờ, mỗi lượt", "working hours waited, a visit")
        grid = waits(self.result, self.lang)
        yield self.chart("longest", title, bars(rows, axis, self.lang), grid, rows)

    def queue(self) -> Markup:
        days = self.summary.queue
        mean, p90 = [day.mean for day in days], [day.p90 for day in days]
        starts = [(date(self.scene.year, month, 1).timetuple().tm_yday - 1, str(month)) for month in range(1, 13)]
        axes = Axes(self.say("hồ sơ", "dossiers"), self.say("tháng", "month"), self.lang)
        keys = (
            self.say("trung bình" if not self.single else "trong năm", "mean" if not self.single else "in the year"),
            self.say("p90: chín trong mười năm không quá", "p90: not more in nine years of ten"),
        )
        title = self.say("Hồ sơ chờ cán bộ, cuối mỗi ngày", "Dossiers waiting for an officer, at the end of each day")
        most = max(mean, default=Decimal(0))
        on = self.day(mean.index(most)) if mean else ""
        mean_words = Text("", "") if self.single else Text("trung bình ", "a mean of ")
        gist = self.say(
            f"Ngày nhiều nhất là {on}: {mean_words.vi}{self.number(most)} hồ sơ.",
            f"The fullest day is {on}: {mean_words.en}{self.number(most)} dossiers.",
        )
        heads = [
            self.say("tháng", "month"),
            self.say("trung bình", "mean"),
            self.say("nhiều nhất", "most"),
            self.say("p90 cao nhất", "highest p90"),
        ]
        columns = 3 if self.single else len(heads)
        ends = [*(start for start, _ in starts[1:]), len(days)]
        lines = []
        for (start, name), end in zip(starts, ends, strict=True):
            if part := mean[start:end]:
                whole = sum(part, Decimal(0)) / len(part)
                lines.append([name, *map(self.number, (whole, max(part), max(p90[start:end])))][:columns])
        draw = curve(mean, p90, [one for one in starts if one[0] < len(days)], axes, keys)
        below = (tag("p", gist), self.under(title, Grid(heads[:columns], lines, "<>>>"[:columns])))
        return figure("queue", title, gist, draw, *below)

    def day(self, place: int) -> str:
        found = date.fromordinal(date(self.scene.year, 1, 1).toordinal() + place)
        return f"{found:%d/%m/%Y}"

    # Officers

    def officers(self) -> Iterator[Markup]:
        ranked = busiest(self.result)
        if not ranked:
            return
        rows = [self.row(one.name, one.share, "%") for one in ranked[:OFFICERS_DRAWN]]
        count = len(rows)
        title = self.say(
            f"{count} cán bộ bận nhất trong {len(ranked)}", f"The {count} busiest of {len(ranked)} officers"
        )
        axis = self.say("% thời gian làm việc", "% of the working time")
        grid = officers(self.result, self.lang)
        yield self.chart("utilisation", title, bars(rows, axis, self.lang), grid, rows)

    # What is assumed

    def grounds(self) -> Markup:
        heads = [
            self.say("Số", "Number"),
            self.say("Giá trị", "Value"),
            self.say("Căn cứ", "Basis"),
            self.say("Vì sao", "Why"),
        ]
        rows = [row for reason in reasons(self.scene.grounds, self.scene.org) for row in self.reason(reason)]
        if not rows:
            return tag(
                "p", self.say("Mọi số là mặc định của FlowISO, giả định.", "All are defaults of FlowISO, assumed.")
            )
        return self.reasoned(self.say("Số liệu của kịch bản", "The scenario's numbers"), heads, rows)

    def reasoned(self, label: str, heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
        """A table of numbers and what they rest on."""
        head = tag("thead", tag("tr", *(tag("th", title, scope="col") for title in heads)))
        table = tag("table", tag("caption", label), head, tag("tbody", *rows))
        return tag("div", table, class_="wide", role="region", aria_label=label, tabindex="0")

    def reason(self, reason: Reason, before: Sequence[Text] = ()) -> Iterator[Markup]:
        """The numbers that rest on one reason, which stands beside the first of them; with those there were `before`."""
        span = str(len(reason.numbers))
        shared = tag("td", self.mark(reason.basis), rowspan=span), tag("td", reason.why.to(self.lang), rowspan=span)
        for place, one in enumerate(reason.numbers):
            beside = () if place else shared
            yield tag(
                "tr",
                tag("th", _sentence(one.title.to(self.lang)), scope="row"),
                *(tag("td", was.to(self.lang)) for was in before[place : place + 1]),
                tag("td", one.value.to(self.lang)),
                *beside,
            )

    def mark(self, basis: str) -> Markup:
        """A shape and a word, never the colour alone."""
        shape, kind = _MARKS[basis]
        return tag(
            "span", tag("span", shape, aria_hidden="true"), " ", BASES[basis].to(self.lang), class_=f"mark {kind}"
        )

    # What charts and tables are made of

    def row(self, name: str, spread: Spread, unit: str = "") -> Row:
        half = spread.half or Decimal(0)
        shown = interval(spread, self.lang) + unit
        return Row(name, spread.mean, max(spread.mean - half, Decimal(0)), spread.mean + half, shown)

    def chart(self, name: str, title: str, draw: Draw, grid: Grid, rows: Sequence[Row]) -> Markup:
        """A chart of rows whose gist is its first rows."""
        gist = "; ".join(f"{row.name}: {row.told}" for row in rows[:3])
        return figure(name, title, gist, draw, self.under(title, grid))

    def under(self, title: str, grid: Grid) -> Markup:
        """What a chart tells, as a table to be unfolded."""
        return self.folded(self.say("Số liệu của biểu đồ", "The chart's figures"), title, grid)

    def folded(self, summary: str, label: str, grid: Grid) -> Markup:
        """A table to be unfolded, in a region with a name of its own."""
        return tag("details", tag("summary", summary), self.region(label, grid))

    def region(self, label: str, grid: Grid) -> Markup:
        """A table that scrolls where the screen is narrow."""
        name = self.say(f"Bảng: {label}", f"Table: {label}")
        return tag("div", _table(grid), class_="wide", role="region", aria_label=name, tabindex="0")


def _table(grid: Grid) -> Markup:
    """A table of which cells that are figures are flush right."""
    kinds = ["figure" if side == ">" else None for side in grid.sides]
    heads = [_sentence(head) for head in grid.heads]
    corner = tag("th", heads[0], scope="col") if heads[0] else tag("td")
    named = (tag("th", head, scope="col", class_=kind) for head, kind in zip(heads[1:], kinds[1:], strict=True))
    rows = (_line(name, cells, kinds[1:]) for name, *cells in grid.lines)
    return tag("table", tag("thead", tag("tr", corner, *named)), tag("tbody", *rows), class_="slim")


def _line(name: str, cells: Sequence[str], kinds: Sequence[str | None]) -> Markup:
    """A row; what is set in is part of a row above."""
    part = "part" if name.startswith(" ") else None
    rest = (tag("td", cell, class_=kind) for cell, kind in zip(cells, kinds, strict=True))
    return tag("tr", tag("th", name.strip(), scope="row", class_=part), *rest)


def _sentence(words: str) -> str:
    """Words as a title of their own; p10 stays what it is."""
    return words if words[1:2].isdigit() else words[:1].upper() + words[1:]


_MARKS = {"read": ("●", "read"), "calibrated": ("◆", "own"), "assumed": ("▲", "assumed")}
