"""Pictures say what the flow says, whatever its words are: Mermaid, dot, the page of one flow, and the book."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from archetypes import one_of_each
from click.testing import CliRunner, Result
from pictures import HOSTILE, hostile, program, shipped

from flowiso.cli import group
from flowiso.errors import UnknownFlow
from flowiso.facts import OWN, standing, tally
from flowiso.model import Flow
from flowiso.render.book import as_book
from flowiso.render.dot import as_dot
from flowiso.render.flow import as_text, holder, limits, time_allowed
from flowiso.render.mermaid import as_mermaid
from flowiso.render.page import as_html

LIBRARY = shipped()
ORG, WORDS = LIBRARY.org, LIBRARY.words
SEVERAL = one_of_each(LIBRARY.flows)
FLOWS = (*SEVERAL, hostile(LIBRARY.find("LTHH-13")), hostile(LIBRARY.find("QLCT-04")))
EVERY = pytest.mark.parametrize(
    "flow", FLOWS, ids=lambda flow: flow.code + ("-hostile" if HOSTILE in flow.title else "")
)
VIETNAMESE = re.compile("[ăâđêôơưạảãáàậẩẫấầắằẵẳặẹẻẽéèệểễếềịỉĩíìọỏõóòộổỗốồợởỡớờụủũúùựửữứừỵỷỹýỳ]", re.IGNORECASE)


def run(*words: str) -> Result:
    """A command that must not raise."""
    return CliRunner().invoke(group, list(words), catch_exceptions=False)


# --- what every drawing must hold


def expected(flow: Flow) -> Counter[tuple[str, str, str]]:
    """Every arrow as (from, to, title); what leaves all steps is drawn once."""
    own = [(step.title.vi, arrow) for step in flow.steps for arrow in (*step.arrows, step.at_limit) if arrow]
    everywhere = [("Từ mọi bước", arrow) for arrow in flow.anywhere] + (
        [("Khi hết hạn", flow.at_due)] if flow.at_due else []
    )
    names = {part.id: part.title.vi for part in (*flow.steps, *flow.ends)}
    return Counter(
        (tail, names[arrow.target], one_line(arrow.title.vi + limits(arrow, "vi"))) for tail, arrow in own + everywhere
    )


def one_line(text: str) -> str:
    """Words with single spaces."""
    return " ".join(text.split())


def arrows(boxes: dict[str, list[str]], lines: list[tuple[str, str, str]]) -> Counter[tuple[str, str, str]]:
    """The arrows a drawing shows, a choice being a part of its step."""
    step_of = {head: tail for tail, head, _ in lines if head.startswith("c")}
    found: Counter[tuple[str, str, str]] = Counter()
    for tail, head, words in lines:
        if not head.startswith("c"):
            found[title(boxes[step_of.get(tail, tail)]), title(boxes[head]), one_line(words)] += 1
    return found


def title(lines: list[str]) -> str:
    """The first line of a box without its number; of the boxes for all steps only how they begin."""
    return re.sub(r"^\(\d+\) |(?<=^Từ mọi bước) .*|(?<=^Khi hết hạn) .*", "", lines[0])


# --- Mermaid

LABEL = r'"((?:[\w ,()/.-]|#\d+;|<br/>)*)"'
BOX = re.compile(rf"  ([sce]\d+|always|due)(\[|\{{|\(\[|>){LABEL}(\]|\}}|\]\))")
LINE = re.compile(rf"  ([sc]\d+|always|due) (-->|-\.->)(?:\|{LABEL}\|)? ([sce]\d+)")
STYLE = re.compile(r"  (classDef (lane\d+|stopped) [\w:#,\- ]+|class [sc\d,]+ (lane\d+|stopped))")


def from_mermaid(text: str) -> tuple[dict[str, list[str]], list[tuple[str, str, str]], dict[str, str]]:
    """Boxes, lines and the shape of each box; a line of another form is a failure."""
    boxes, lines, shapes = {}, [], {}
    for row in text.splitlines()[4:]:
        if box := BOX.fullmatch(row):
            boxes[box[1]] = [plain(line) for line in box[3].split("<br/>")]
            shapes[box[1]] = box[2] + box[4]
        elif line := LINE.fullmatch(row):
            lines.append((line[1], line[4], plain(line[3] or "")))
        else:
            assert STYLE.fullmatch(row), row
    return boxes, lines, shapes


def plain(label: str) -> str:
    """A label as Mermaid shows it."""
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label)


@EVERY
def test_mermaid_says_what_the_flow_says(flow: Flow) -> None:
    """Every row, end and arrow is there; no word of the flow reads as syntax, comment, Markdown or HTML."""
    text = as_mermaid(flow, ORG, WORDS)
    boxes, lines, shapes = from_mermaid(text)
    assert arrows(boxes, lines) == expected(flow)
    for number, step in enumerate(flow.steps, 1):
        assert boxes[f"s{number}"] == [
            f"({number}) {step.title.vi}",
            holder(flow, ORG, step, "vi"),
            time_allowed(step, WORDS, "vi"),
        ]
        assert shapes[f"s{number}"] == "[]"
        ways = len(step.arrows) + (step.at_limit is not None)
        assert shapes.get(f"c{number}") == ("{}" if ways > 1 else None)
    assert [boxes[f"e{number}"] for number in range(1, len(flow.ends) + 1)] == [[end.title.vi] for end in flow.ends]
    assert all(shapes[box] == "([])" for box in boxes if box.startswith("e"))
    assert text.splitlines()[:4:2] == ["---", "---"]
    assert json.loads(text.splitlines()[1].removeprefix("title: ")).endswith(flow.title)


@EVERY
def test_mermaid_marks_lanes_and_stopped_clocks(flow: Flow) -> None:
    """R75: each box has the class of its lane, and where the clock stands it is drawn otherwise and said."""
    text = as_mermaid(flow, ORG, WORDS)
    classes = {
        name: row.split()[1].split(",")
        for row in text.splitlines()
        if row.startswith("  class ")
        for name in [row.split()[2]]
    }
    stopped = {f"s{number}" for number, step in enumerate(flow.steps, 1) if step.clock == "stopped"}
    assert set(classes.pop("stopped", ())) == stopped
    lanes: dict[str, set[str]] = {}
    for number, step in enumerate(flow.steps, 1):
        lanes.setdefault(step.by, set()).add(f"s{number}")
    assert [{box for box in boxes if box.startswith("s")} for boxes in classes.values()] == list(lanes.values())
    boxes = from_mermaid(text)[0]
    assert all("đồng hồ dừng" in boxes[box][2] for box in stopped)


# --- dot

STRING = r'"((?:[^"\\]|\\.)*)"'
DOT_BOX = re.compile(
    rf"  ([sce]\d+|always|due) \[shape=(\w+), label={STRING}(?:, group={STRING})?(?:, style={STRING})?\]"
)
DOT_LINE = re.compile(
    rf"  ([sc]\d+|always|due) -> ([sce]\d+) \[constraint=false(?:, style=dashed)?(?:, label={STRING})?\]"
)
UNSEEN = re.compile(r"  [sc]\d+ -> [sc]\d+ \[style=invis, weight=[09]\]")


def from_dot(text: str) -> tuple[dict[str, list[str]], list[tuple[str, str, str]], dict[str, str]]:
    """Boxes, lines and the lane of each box; a line of another form is a failure."""
    boxes, lines, lanes = {}, [], {}
    for row in text.splitlines()[4:-1]:
        if box := DOT_BOX.fullmatch(row):
            boxes[box[1]] = undotted(box[3]).split("\n")
            lanes[box[1]] = box[4] or ""
        elif line := DOT_LINE.fullmatch(row):
            lines.append((line[1], line[2], undotted(line[3] or "")))
        else:
            assert UNSEEN.fullmatch(row) or re.fullmatch(r"  \{ rank=sink; [e\d; ]+ \}", row), row
    return boxes, lines, lanes


def undotted(label: str) -> str:
    """A label as dot shows it."""
    return unescape(re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], label))


@EVERY
def test_dot_says_what_the_flow_says(flow: Flow) -> None:
    """Every row, end and arrow is there, each row in the group of its lane."""
    boxes, lines, lanes = from_dot(as_dot(flow, ORG, WORDS))
    assert arrows(boxes, lines) == expected(flow)
    for number, step in enumerate(flow.steps, 1):
        assert lanes[f"s{number}"] == step.by
        assert boxes[f"s{number}"][1:] == [holder(flow, ORG, step, "vi"), time_allowed(step, WORDS, "vi")]


@EVERY
def test_graphviz_draws_it(flow: Flow) -> None:
    """Graphviz reads every word as it stands and keeps the rows in their order down the page."""
    command = [program("dot"), "-Tjson"]
    drawn = subprocess.run(
        command,
        input=as_dot(flow, ORG, WORDS),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    assert drawn.stderr == ""
    boxes = {box["name"]: box for box in json.loads(drawn.stdout)["objects"] if "shape" in box}
    rows = [boxes[f"s{number}"] for number in range(1, len(flow.steps) + 1)]
    heights = [float(row["pos"].split(",")[1]) for row in rows]
    assert heights == sorted(heights, reverse=True)
    shown = [[one_line(part["text"]) for part in row["_ldraw_"] if part["op"] == "T"] for row in rows]
    titles = [one_line(f"({number}) {step.title.vi}") for number, step in enumerate(flow.steps, 1)]
    assert [lines[0] for lines in shown] == titles


# --- HTML


class Page(HTMLParser):
    """A document: its elements in order, its text, the text not marked as Vietnamese; every tag must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.unmarked: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "input", "br"):
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute twice"
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        within = [tag for tag, _ in self.open]
        if "style" in within or "script" in within:
            return
        self.text.append(data)
        lang = next((attrs["lang"] for _, attrs in reversed(self.open) if "lang" in attrs), "")
        if lang == "en" and "svg" not in within:
            self.unmarked.append(data)

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data[:50]}")

    def all(self, tag: str, **attrs: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a kind."""
        return [found for name, found in self.elements if name == tag and attrs.items() <= found.items()]

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return one_line("".join(self.text))


def sound(text: str, lang: str) -> Page:
    """The page, after what must hold of each: no second script, no address outside, ids once, references that lead somewhere."""
    assert text.startswith(f'<!DOCTYPE html>\n<html lang="{lang}">')
    found = Page(text)
    ids = [attrs["id"] for _, attrs in found.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    outside = {"src", "srcset", "data", "action", "xlink:href", "onclick", "onload"}
    for tag, attrs in found.elements:
        assert not outside & set(attrs), (tag, attrs)
        assert tag not in ("link", "img", "iframe", "object", "image", "use", "foreignobject"), tag
        if target := attrs.get("href"):
            assert target.startswith("#"), target
            assert target[1:] in ids, target
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set((attrs.get(name) or "").split()) <= set(ids)
    assert not re.search(r"url\(|@import", text)
    return found


@EVERY
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_page_of_one_flow(flow: Flow, lang: str) -> None:
    """The page holds the sheets and, in words, every step, holder, time, arrow, end and source (WCAG 1.1.1)."""
    page = sound(as_html(flow, ORG, WORDS, lang), lang)
    assert page.all("script") == []
    assert len(page.all("h1")) == 1
    labels = [attrs["aria-label"] for attrs in page.all("div", **{"class": "sheet", "role": "region", "tabindex": "0"})]
    assert len(set(labels)) == len(page.all("svg", role="img")) == int((labels[-1] or "").rpartition("/")[2])
    words = page.words
    parts = [flow.title, *(fact.source for fact in flow.facts)]
    parts += [part.title.to(lang) for part in (*flow.steps, *flow.ends, *flow.anywhere)]
    parts += [text for step in flow.steps for text in (holder(flow, ORG, step, lang), time_allowed(step, WORDS, lang))]
    parts += [arrow.title.to(lang) + " → " for step in flow.steps for arrow in step.arrows]
    assert [part for part in parts if one_line(part) not in words] == []
    assert len(page.all("th", scope="row")) == len(flow.steps)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_milestones_by_their_titles(lang: str) -> None:
    """R61: every milestone of the shipped flows has a title, and no picture, table or text shows its id."""
    flow = LIBRARY.find("CNDP-01")
    names = {step.until for step in flow.steps if step.until}
    assert names == WORDS.milestones.keys()
    title = WORDS.milestones["dong-nhan-ho-so"].to(lang)
    assert title == ("Đóng nhận hồ sơ" if lang == "vi" else "Receipt closes")
    for shown in (
        Page(as_html(flow, ORG, WORDS, lang)).words,
        as_text(flow, ORG, WORDS, lang),
        as_dot(flow, ORG, WORDS, lang),
        as_mermaid(flow, ORG, WORDS, lang),
    ):
        assert title in shown
        assert not re.findall(r"dong-nhan-ho-so|lap-danh-muc|trinh-ubnd", shown)
    unknown = time_allowed(flow.steps[0], WORDS._replace(milestones={}), "vi")
    assert unknown == "mốc dong-nhan-ho-so"


@pytest.mark.parametrize("flow", LIBRARY.flows, ids=lambda flow: flow.code)
def test_sources_are_said_in_plain_words(flow: Flow) -> None:
    """A source is named so that an officer finds it: no file or shape name of the project stands in it."""
    said = " ".join(fact.source for fact in flow.facts)
    assert not re.findall(
        r"procedures\.\w+|archetype|domain\.md|[a-z]+_(?:desk|site|exam)|council|notify|mẫu [a-z]+/", said
    )


@pytest.mark.parametrize("flow", SEVERAL, ids=lambda flow: flow.code)
def test_provenance_is_a_word_and_a_shape(flow: Flow) -> None:
    """Each entry has its mark in words and in form, not in colour alone (WCAG 1.4.1)."""
    text = as_html(flow, ORG, WORDS)
    table = text[text.rindex("<table") :]
    assert table.count("</span> đã đọc</span>") == sum(standing(fact) == "read" for fact in flow.facts)
    assert table.count("</span> đặt trong tệp</span>") == sum(standing(fact) == "own" for fact in flow.facts) > 0
    assert table.count("</span> GIẢ ĐỊNH</span>") == sum(fact.status == "assumed" for fact in flow.facts)
    assert text.count('<span aria-hidden="true">▲</span> GIẢ ĐỊNH') == text.count('class="mark assumed"')
    assert text.count('<span aria-hidden="true">●</span> đã đọc') == text.count('class="mark read"')


@pytest.mark.parametrize("make", [as_html, lambda flow, *more: as_book([flow], *more)], ids=["page", "book"])
def test_english_pages_mark_what_is_vietnamese(make: object) -> None:
    """WCAG 3.1.2: on an English page, all that is left in Vietnamese outside the pictures is marked so."""
    for flow in SEVERAL:
        page = Page(make(flow, ORG, WORDS, "en"))  # type: ignore[operator]
        left = [text for text in page.unmarked if VIETNAMESE.search(text.replace("Đồng Nai", "").replace("đồng", ""))]
        assert left == []


# --- the book


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_book_holds_every_flow_and_counts_right(lang: str) -> None:
    """The index leads to every flow, fields with their counts; read, assumed and drafts are said in total and per flow."""
    flows = SEVERAL
    text = as_book(flows, ORG, WORDS, lang)
    page = sound(text, lang)
    links = [attrs["href"] for attrs in page.all("a")]
    articles = [f"#{attrs['id']}" for attrs in page.all("article")]
    assert sorted(articles) == sorted(f"#{flow.code.lower()}" for flow in flows)
    assert [link for link in links if link in articles] == articles
    for field, count in Counter(flow.field for flow in flows).items():
        assert f"<h3>{ORG.fields[field].to(lang)} ({count})</h3>" in text
    read = {"vi": ("đã đọc", "GIẢ ĐỊNH"), "en": ("read", "ASSUMED")}[lang]
    for some in (flows, *([flow] for flow in flows)):
        found = tally(some)
        assert f"{found.read} ● {read[0]}, {found.assumed} ▲ {read[1]}" in page.words
    assert tally(flows) == (
        sum(name not in OWN for flow in flows for fact in flow.facts if fact.status == "read" for name in fact.of),
        sum(name not in OWN for flow in flows for fact in flow.facts if fact.status == "assumed" for name in fact.of),
    )
    drafts = sum(flow.status == "draft" for flow in flows)
    said = {
        "vi": f"{drafts} trong {len(flows)} lưu đồ là bản thảo",
        "en": f"{drafts} of {len(flows)} flowcharts are drafts",
    }[lang]
    assert said in page.words
    assert {"vi": "bản dựng lại", "en": "a reconstruction"}[lang] in page.words


def test_book_says_nothing_of_drafts_when_there_are_none() -> None:
    """A book of published, read flows carries no warning."""
    flow = LIBRARY.find("LTHH-13")
    facts = tuple(fact._replace(status="read") for fact in flow.facts)
    words = Page(as_book([flow._replace(status="published", facts=facts)], ORG, WORDS)).words
    assert "bản thảo" not in words
    assert "bản dựng lại" not in words
    assert "▲ GIẢ ĐỊNH dữ kiện chưa đọc được" in words


def test_book_is_the_same_bytes(agency: Path) -> None:
    """Same flows, same book; a day stands in it only when it was given."""
    shutil.copytree(LIBRARY.folder / "dien", agency / "dien")
    once, again = (run("book", str(agency)).stdout for _ in range(2))
    assert once == again
    assert "có hiệu lực ngày 14/09/2021" in run("book", str(agency), "--on", "14/09/2021").stdout
    assert "có hiệu lực ngày" not in once


def test_book_of_116_is_small() -> None:
    """116 flowcharts stay below 15 MB."""
    flows = [flow._replace(code=f"X-{number}") for number, flow in zip(range(116), many(LIBRARY.flows), strict=False)]
    text = as_book(flows, ORG, WORDS)
    assert text.count("<article") == 116
    assert len(text.encode()) < 15_000_000


def many(flows: tuple[Flow, ...]) -> Iterator[Flow]:
    """The flows over and over."""
    while True:
        yield from flows


def test_book_escapes_every_word() -> None:
    """Hostile words are shown, not obeyed."""
    page = sound(as_book([FLOWS[-1]], ORG, WORDS), "vi")
    assert len(page.all("script")) == 1
    assert one_line(HOSTILE) in page.words


def test_book_as_json() -> None:
    """The index as data, for who wants the counts only."""
    found = json.loads(run("book", str(LIBRARY.folder), "--format", "json").stdout)
    flows = [flow for field in found["by_field"].values() for flow in field["flows"]]
    assert found["flows"] == len(flows)
    assert found["assumed"] == sum(flow["assumed"] for flow in flows)
    assert found["draft"] == sum(flow["status"] == "draft" for flow in flows)


# --- the commands


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """A folder with two versions of one flow, the second from 2022 on."""
    flows = tmp_path / "flows"
    (flows / "lthh").mkdir(parents=True)
    for name in ("_org.yaml", "_steps.yaml"):
        shutil.copy(LIBRARY.folder / name, flows)
    text = (LIBRARY.folder / "lthh/lthh-13.v1.yaml").read_text(encoding="utf-8")
    first = text.replace("{from: 2020-10-21}", "{from: 2020-10-21, to: 2022-01-01}")
    second = text.replace("{from: 2020-10-21}", "{from: 2022-01-01}").replace("version: 1", "version: 2", 1)
    (flows / "lthh/lthh-13.v1.yaml").write_text(first, encoding="utf-8")
    (flows / "lthh/lthh-13.v2.yaml").write_text(second, encoding="utf-8")
    return flows


@pytest.mark.parametrize("form", ["text", "json", "svg", "html", "mermaid", "dot"])
def test_show_picks_the_version_in_force(agency: Path, form: str, tmp_path: Path) -> None:
    """`--on` picks the version of a day in every form; `-o` writes what the screen would show."""
    shown = {
        day: run("show", "lthh-13", "--flows", str(agency), "--as", form, "--on", day).stdout
        for day in ("2021-12-31", "2022-01-01")
    }
    newest = run("show", "lthh-13", "--flows", str(agency), "--format", form).stdout
    assert shown["2021-12-31"] != shown["2022-01-01"] == newest
    file = tmp_path / "picture"
    result = run("show", "lthh-13", "--flows", str(agency), "--as", form, "-o", str(file))
    assert (result.exit_code, result.output) == (0, "")
    assert file.read_text(encoding="utf-8") == newest


def test_book_picks_the_versions_in_force(agency: Path) -> None:
    """One version of a procedure; no book where none is in force."""
    for day, version in (("2021-12-31", "Lần ban hành 1"), ("2022-01-01", "Lần ban hành 2")):
        page = Page(run("book", str(agency), "--on", day).stdout)
        assert f"{version}, bản thảo" in page.words
        assert len(page.all("article")) == 1
    with pytest.raises(UnknownFlow, match="không có lưu đồ nào có hiệu lực"):
        run("book", str(agency), "--on", "2019-01-01")


@pytest.mark.parametrize(
    ("name", "said"),
    [("thieu/a.html", "không ghi được"), (".", "không phải là tệp thường"), ("a" * 300, "không ghi được")],
)
def test_output_that_cannot_be_written(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., tuple[int, str, str]]
) -> None:
    """A clear sentence and exit 2; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    code, _, err = call("show", "LTHH-13", "--flows", LIBRARY.folder, "-o", name)
    assert (code, said in err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_written_through(tmp_path: Path) -> None:
    """The file a link points at is replaced, the link stays."""
    (tmp_path / "b.html").write_text("cũ", encoding="utf-8")
    (tmp_path / "a.html").symlink_to("b.html")
    run("show", "LTHH-13", "--flows", str(LIBRARY.folder), "-o", str(tmp_path / "a.html"))
    assert (tmp_path / "a.html").is_symlink()
    assert "LTHH-13" in (tmp_path / "b.html").read_text(encoding="utf-8")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_book_of_faulty_flows_is_refused(agency: Path, call: Callable[..., tuple[int, str, str]]) -> None:
    """No book of flowcharts with faults: exit 2, the findings, and no file."""
    file = agency / "lthh/lthh-13.v1.yaml"
    file.write_text(
        file.read_text(encoding="utf-8")
        .replace("phan-cong:", "phan-cong-x:", 1)
        .replace("nham-phong: tiep-nhan", "nham-phong: o-dau"),
        encoding="utf-8",
    )
    book = agency.parent / "so.html"
    code, _, err = call("book", agency, "-o", book)
    assert (code, "lthh-13.v1.yaml" in err) == (2, True)
    assert not book.exists()
