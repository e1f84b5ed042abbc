"""The book: every flowchart of an agency on one self-contained page, with an index and a search that needs no accents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ..facts import tally
from ..model import Flow
from ..org import Org
from ..text import Text, number
from ..words import Words
from .catalogue import reconstruction
from .markup import Markup, asset, join, page, tag
from .page import GENERAL, IN_WORDS, SOURCES, counts, figures, head, mark, native, provenance, summary, table
from .rows import MARK

_MANY = 3
"""Reasons shown why the list is a reconstruction; the rest stands at each flow."""


def as_book(flows: Sequence[Flow], org: Org, words: Words, lang: str = "vi", on: date | None = None) -> str:
    """The flows as one HTML document, by field in the agency's own order; `on` is the day they are in force, if any.

    The same flows give the same bytes.
    """
    fields = by_field(flows, org)
    skip = tag("a", Text("Tới các lưu đồ", "Go to the flowcharts").to(lang), class_="skip", href="#main")
    chapters = (
        tag(
            "section",
            tag("h2", _title(org, field, lang), class_="on-screen"),
            *(_article(flow, org, words, lang) for flow in found),
        )
        for field, found in fields.items()
    )
    main = tag("main", _legend(lang), *chapters, id="main", tabindex="-1")
    columns = tag("div", _index(fields, org, lang), main, class_="columns")
    title = f"{Text('Sổ lưu đồ', 'Book of flowcharts').to(lang)} - {org.title.to(lang)}"
    return page(title, lang, skip, _header(flows, org, lang, on), columns, script=asset("book.js"))


def by_field(flows: Sequence[Flow], org: Org) -> dict[str, list[Flow]]:
    """The flows by the id of their field: fields in the order of `_org.yaml`, unknown ones last."""
    keys = [*org.fields, *sorted({flow.field for flow in flows} - set(org.fields))]
    return {key: found for key in keys if (found := [flow for flow in flows if flow.field == key])}


def as_index(flows: Sequence[Flow], org: Org, lang: str = "vi") -> dict[str, Any]:
    """What the book holds, as JSON values."""
    read, assumed = tally(flows)
    return {
        "flows": len(flows),
        "draft": _drafts(flows),
        "read": read,
        "assumed": assumed,
        "by_field": {
            field: {
                "title": _title(org, field, lang),
                "flows": [
                    {"code": flow.code, "version": flow.version, "title": flow.title, "status": flow.status}
                    | tally([flow])._asdict()
                    for flow in found
                ],
            }
            for field, found in by_field(flows, org).items()
        },
    }


def _drafts(flows: Sequence[Flow]) -> int:
    return sum(flow.status == "draft" for flow in flows)


def _title(org: Org, field: str, lang: str) -> str:
    known = org.fields.get(field)
    return known.to(lang) if known else field


def _header(flows: Sequence[Flow], org: Org, lang: str, on: date | None) -> Markup:
    procedures = [flow for flow in flows if flow.kind == "procedure"]
    internal, areas = len(flows) - len(procedures), len({flow.field for flow in procedures})
    vi, en = (f", {number(internal)} quy trình nội bộ", f". Internal processes: {internal}") if internal else ("", "")
    size = Text(
        f"{org.title.vi}: {number(len(procedures))} thủ tục, {number(areas)} lĩnh vực{vi}",
        f"{org.title.en}. Procedures: {number(len(procedures), 'en')}. Fields: {number(areas, 'en')}{en}",
    ).to(lang)
    day = Text(f", có hiệu lực ngày {on:%d/%m/%Y}", f", in force on {on:%d/%m/%Y}").to(lang) if on else ""
    title = tag("h1", Text("Sổ lưu đồ", "Book of flowcharts").to(lang))
    return tag("header", title, tag("p", f"{size}{day}."), _notice(flows, lang))


def _notice(flows: Sequence[Flow], lang: str) -> Markup:
    """What a reader must know before relying on the book; worked out from the flows themselves."""
    drafts, total = _drafts(flows), len(flows)
    lines = [counts(flows, lang)]
    if drafts:
        draft = Text(
            f"{drafts} trong {total} lưu đồ là bản thảo: còn dữ kiện giả định, phải đối chiếu với cơ quan trước khi dùng.",
            f"{drafts} of {total} flowcharts are drafts: they rest on assumed facts and must be checked with the agency first.",
        )
        lines.insert(0, join(draft.to(lang)))
    return tag(
        "section",
        tag("h2", Text("Đọc trước khi dùng", "Read this first").to(lang)),
        *(tag("p", line) for line in lines),
        *_reconstruction(flows, lang),
        class_="notice",
    )


def _reconstruction(flows: Sequence[Flow], lang: str) -> Iterator[Markup]:
    """That the list itself is a reconstruction, where it is one, and why."""
    procedures = [flow for flow in flows if flow.kind == "procedure"]
    text = reconstruction(procedures)
    if text is None:
        return
    yield tag("p", text.to(lang), " ", Text("Lý do ghi trong các lưu đồ:", "The flowcharts say why:").to(lang))
    entries = [entry for flow in procedures if (entry := flow.provenance("field")) and entry.status == "assumed"]
    reasons = Counter(entry.source for entry in entries).most_common(_MANY)
    yield tag(
        "ul",
        *(
            tag("li", native(reason, lang), Text(f" ({count} lưu đồ)", f" (flowcharts: {count})").to(lang))
            for reason, count in reasons
        ),
    )


def _legend(lang: str) -> Markup:
    read = Text("dữ kiện đã đọc trong nguồn ghi bên cạnh", "the fact was read in the source named beside it")
    assumed = Text(
        "dữ kiện chưa đọc được ở đâu, lý do ghi bên cạnh", "the fact was read nowhere; the reason stands beside it"
    )
    own = Text("đặt khi lập tệp, không có nguồn ngoài; không đếm", "set with the file, no source outside; not counted")
    count = Text(
        "Mỗi tên dữ kiện trong tệp lưu đồ được đếm là một; “các bước” của một lưu đồ là một dữ kiện.",
        "Each fact name of a flow file counts as one; “the steps” of a flowchart are one fact.",
    )
    drawn = Text(
        f"Trong hình, “{MARK}” là giả định; các ký hiệu khác được giải thích ở tờ cuối của mỗi lưu đồ.",
        f"In the pictures “{MARK}” is assumed; the last sheet of each flowchart explains the other symbols.",
    )
    return tag(
        "section",
        tag("h2", Text("Chú giải", "Legend").to(lang)),
        tag(
            "ul",
            tag("li", mark("read", lang), f" {read.to(lang)}"),
            tag("li", mark("assumed", lang), f" {assumed.to(lang)}"),
            tag("li", mark("own", lang), f" {own.to(lang)}"),
            tag("li", count.to(lang)),
            tag("li", drawn.to(lang)),
        ),
    )


def _index(fields: Mapping[str, Sequence[Flow]], org: Org, lang: str) -> Markup:
    label = Text("Mục lục", "Contents").to(lang)
    groups = (
        tag(
            "section",
            tag("h3", f"{_title(org, field, lang)} ({number(len(found), lang)})"),
            tag("ul", *(tag("li", _entry(flow, lang)) for flow in found)),
        )
        for field, found in fields.items()
    )
    return tag("nav", tag("h2", label), _search(lang), *groups, id="index", aria_label=label, tabindex="-1")


def _entry(flow: Flow, lang: str) -> Markup:
    return tag("a", tag("strong", flow.code), " ", native(flow.title, lang), href=f"#{flow.code.lower()}")


def _search(lang: str) -> Markup:
    """The search form; shown by the script that serves it."""
    label = Text("Tìm lưu đồ (gõ không dấu cũng được)", "Find a flowchart (accents are not needed)").to(lang)
    said = Text("Tìm thấy 0 lưu đồ.", "Flowcharts found: 0.").to(lang)
    field = tag("input", type="search", id="query", autocomplete="off", spellcheck="false")
    output = tag("output", for_="query", data_words=said)
    return tag("form", tag("label", label, for_="query"), field, output, id="search", role="search", hidden=True)


def _article(flow: Flow, org: Org, words: Words, lang: str) -> Markup:
    back = tag("a", Text("Về mục lục", "Back to contents").to(lang), href="#index", class_="to-index")
    pictures = list(figures(flow, org, words, lang))
    parts = (
        tag("header", tag("h3", f"{flow.code}: ", native(flow.title, lang)), summary(flow, lang), class_="on-screen"),
        *pictures,
        _folded(IN_WORDS, table(flow, org, words, lang), lang),
        _folded(GENERAL, head(flow, org, lang), lang),
        _folded(SOURCES, provenance(flow, lang), lang),
        tag("p", back),
    )
    return tag("article", *parts, id=flow.code.lower(), tabindex="-1", style=f"--sheets: {len(pictures)}")


def _folded(title: Text, inside: Markup, lang: str) -> Markup:
    return tag("details", tag("summary", title.to(lang)), inside)
