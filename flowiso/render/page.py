"""One flowchart as an HTML page: its sheets, the same in words for who can't see them, and where every fact comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..facts import fact_title, standing, tally
from ..model import Fact, Flow, Step, Transition
from ..org import Org
from ..text import Text
from ..words import Words
from .flow import (
    ANYWHERE,
    AT_DUE,
    END_KINDS,
    INTERNAL,
    MARKS,
    form_title,
    head_facts,
    holder,
    limits,
    target_title,
    time_allowed,
)
from .markup import Markup, join, page, tag
from .sheet import sheets

IN_WORDS = Text("Lưu đồ bằng chữ", "The flowchart in words")
GENERAL = Text("Thông tin chung", "General facts")
SOURCES = Text("Nguồn của từng dữ kiện", "Where each fact comes from")
_SHAPES = {"read": "●", "assumed": "▲", "own": "○"}
_VIETNAMESE = frozenset({"issued_by", "result", "legal_basis", "no_deadline_reason", "submitted", "fee_cases"})


def as_html(flow: Flow, org: Org, words: Words, lang: str = "vi") -> str:
    """The flow as one self-contained page; nothing is fetched and nothing is run."""
    skip = Text("Bỏ qua lưu đồ, tới bảng chữ", "Skip the picture, go to the table").to(lang)
    title = tag("h1", f"{flow.code}: ", native(flow.title, lang))
    main = tag(
        "main",
        *figures(flow, org, words, lang),
        tag("h2", IN_WORDS.to(lang), id="table"),
        table(flow, org, words, lang),
        tag("h2", GENERAL.to(lang)),
        head(flow, org, lang),
        tag("h2", SOURCES.to(lang)),
        provenance(flow, lang),
    )
    return page(
        Text(f"{flow.code} - {flow.title}", f"Flowchart {flow.code}").to(lang),
        lang,
        tag("a", skip, class_="skip", href="#table"),
        tag("header", title, summary(flow, lang), class_="on-screen"),
        main,
    )


def summary(flow: Flow, lang: str) -> Markup:
    """Version, status and how many facts are read or assumed, in one line; an internal process is called one."""
    status = Text("bản thảo", "draft") if flow.status == "draft" else Text("đã ban hành", "published")
    version = Text(f"Lần ban hành {flow.version}", f"Version {flow.version}").to(lang)
    kind = f"{INTERNAL.to(lang).capitalize()}. " if flow.kind == "internal" else ""
    return tag("p", f"{kind}{version}, {status.to(lang)}. ", counts([flow], lang))


def counts(flows: Sequence[Flow], lang: str) -> Markup:
    """How many facts of these flows are read and how many assumed, each with its mark."""
    found = tally(flows)
    words = Text("Dữ kiện: ", "Facts: ").to(lang)
    return join(words, f"{found.read} ", mark("read", lang), f", {found.assumed} ", mark("assumed", lang))


def mark(status: str, lang: str) -> Markup:
    """Whether a fact is read or assumed: a shape and a word, never the colour alone."""
    shape = tag("span", _SHAPES[status], aria_hidden="true")
    return tag("span", shape, " ", MARKS[status].to(lang), class_=f"mark {status}")


def native(text: str, lang: str) -> Markup:
    """Text that is Vietnamese whatever the page's language (WCAG 3.1.2)."""
    return tag("span", text, lang="vi") if lang != "vi" else join(text)


def figures(flow: Flow, org: Org, words: Words, lang: str) -> Iterator[Markup]:
    """The sheets, each in a region of its own that scrolls sideways where the screen is narrow."""
    found = sheets(flow, org, words, lang)
    for number, sheet in enumerate(found, 1):
        place = f"{number}/{len(found)}"
        label = Text(f"Lưu đồ {flow.code}, tờ {place}", f"Flowchart {flow.code}, sheet {place}").to(lang)
        yield tag("div", Markup(sheet), class_="sheet", role="region", aria_label=label, tabindex="0")


def table(flow: Flow, org: Org, words: Words, lang: str) -> Markup:
    """The rows with holder, time, forms and arrows, then the arrows from every step, then the ends."""
    columns = (
        (Text("Số", "No"), ""),
        (Text("Bước", "Step"), "steps"),
        (Text("Người giữ", "Holder"), ""),
        (Text("Thời gian", "Time"), "times"),
        (Text("Biểu mẫu", "Forms"), "forms"),
        (Text("Hướng đi", "Arrows"), "arrows"),
    )
    header = [tag("th", title.to(lang), _mark(flow, fact, lang), scope="col") for title, fact in columns]
    rows = [_row(flow, org, words, step, lang) for step in flow.steps]
    main = tag("tbody", *(row for row, step in zip(rows, flow.steps, strict=True) if step.main))
    aside = [row for row, step in zip(rows, flow.steps, strict=True) if not step.main]
    group = tag(
        "th", Text("Ngoài đường chính", "Off the main path").to(lang), colspan=str(len(columns)), scope="rowgroup"
    )
    label = Text(f"Các bước của {flow.code}", f"Steps of {flow.code}").to(lang)
    parts = [main, tag("tbody", tag("tr", group), *aside)] if aside else [main]
    steps = _scrolling(label, tag("table", tag("caption", label), tag("thead", tag("tr", *header)), *parts))
    return join(steps, *_everywhere(flow, org, words, lang), _ends(flow, lang))


def _row(flow: Flow, org: Org, words: Words, step: Step, lang: str) -> Markup:
    title = join(step.title.to(lang), _mark(flow, f"step.{step.id}", lang))
    time = join(time_allowed(step, words, lang), _mark(flow, f"time.{step.id}", lang))
    ready = Text("Từ đây kết quả đã có.", "From here on the result is available.").to(lang)
    own = step.arrows + ((step.at_limit,) if step.at_limit else ())
    return tag(
        "tr",
        tag("td", str(flow.steps.index(step) + 1)),
        tag("th", title, *([tag("small", ready)] if step.ready else []), scope="row"),
        tag("td", holder(flow, org, step, lang)),
        tag("td", time),
        tag("td", _forms(words, step.forms, lang)),
        tag("td", tag("ul", *(tag("li", _arrow(flow, org, words, arrow, lang, step)) for arrow in own))),
    )


def _arrow(flow: Flow, org: Org, words: Words, arrow: Transition, lang: str, step: Step | None = None) -> Markup:
    number = next((f"({number}) " for number, row in enumerate(flow.steps, 1) if row.id == arrow.target), "")
    taker = org.roles.get(arrow.by or "")
    by = f"; {Text('do', 'by').to(lang)} {taker.title.to(lang)}" if taker else ""
    forms = join("; ", Text("biểu mẫu: ", "forms: ").to(lang), _forms(words, arrow.forms, lang)) if arrow.forms else ""
    entry = _mark(flow, f"arrow.{step.id}.{arrow.action}", lang) if step else ""
    where = f"{arrow.title.to(lang)} → {number}{target_title(flow, arrow, lang)}{limits(arrow, lang)}"
    return join(where, by, forms, entry)


def _forms(words: Words, forms: tuple[str, ...], lang: str) -> Markup:
    shown = [join(form_title(words, form, lang)) if form in words.forms else native(form, lang) for form in forms]
    return Markup(", ".join(shown))


def _everywhere(flow: Flow, org: Org, words: Words, lang: str) -> Iterator[Markup]:
    for title, arrows in ((AT_DUE, (flow.at_due,) if flow.at_due else ()), (ANYWHERE, flow.anywhere)):
        if arrows:
            yield tag("p", tag("strong", title.to(lang)))
            yield tag("ul", *(tag("li", _arrow(flow, org, words, arrow, lang)) for arrow in arrows))


def _ends(flow: Flow, lang: str) -> Markup:
    ends = (tag("li", f"{end.title.to(lang)}: {END_KINDS[end.kind].to(lang)}") for end in flow.ends)
    return join(tag("p", tag("strong", Text("Kết cục", "Ends").to(lang))), tag("ul", *ends))


def head(flow: Flow, org: Org, lang: str) -> Markup:
    """The head's facts, each with its mark."""
    parts: list[Markup] = []
    for label, value, fact in head_facts(flow, org, lang):
        shown = native(value, lang) if fact in _VIETNAMESE else join(value)
        parts.append(tag("div", tag("dt", label), tag("dd", shown, _mark(flow, fact, lang))))
    return tag("dl", *parts)


def provenance(flow: Flow, lang: str) -> Markup:
    """Every entry of `facts`: read or assumed, what it speaks of, and the source or the reason."""
    titles = (
        Text("Nguồn", "Kind"),
        Text("Dữ kiện", "Facts"),
        Text("Đọc ở đâu, hoặc vì sao giả định", "Read where, or assumed why"),
    )
    header = tag("thead", tag("tr", *(tag("th", title.to(lang), scope="col") for title in titles)))
    label = Text(f"Nguồn dữ kiện của {flow.code}", f"Provenance of {flow.code}").to(lang)
    rows = tag("tbody", *(_fact(flow, fact, lang) for fact in flow.facts))
    return _scrolling(label, tag("table", tag("caption", label), header, rows))


def _fact(flow: Flow, fact: Fact, lang: str) -> Markup:
    names = ", ".join(fact_title(flow, name, lang) for name in fact.of)
    return tag("tr", tag("td", mark(standing(fact), lang)), tag("td", names), tag("td", native(fact.source, lang)))


def _scrolling(label: str, inside: Markup) -> Markup:
    return tag("div", inside, class_="wide", role="region", aria_label=label, tabindex="0")


def _mark(flow: Flow, fact: str, lang: str) -> Markup:
    entry = flow.provenance(fact)
    return join(" ", mark(standing(entry), lang)) if entry else Markup("")
