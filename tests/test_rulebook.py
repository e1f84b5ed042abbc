"""`flowiso rule`: every rule has a page in both languages, and docs/rules.md is what the rules say."""

from __future__ import annotations

import json
import re
from inspect import cleandoc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowiso.against import CODES as OF_REPORTS
from flowiso.cli import group
from flowiso.cli.check import _codes
from flowiso.declaredfile import CODES as OF_YEARS
from flowiso.errors import BadValue
from flowiso.model import DOSSIER_CODES as OF_DOSSIERS
from flowiso.render.codebook import FAMILIES as OTHERS
from flowiso.render.rulebook import FAMILIES, book_markdown, catalogue_text, find, page_text
from flowiso.rules import FIRM, PAGES, Page
from flowiso.simulate.scenariokeys import CODES as OF_SCENARIOS
from flowiso.tables.grid import CODES as OF_TABLES
from flowiso.text import nfc

ROOT = Path(__file__).parent.parent

each = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.CODE)


def run(*args: str) -> Result:
    return CliRunner().invoke(group, ["rule", *args], catch_exceptions=False)


@each
def test_summary(page: Page) -> None:
    """Every rule says in one sentence what is wrong, in Vietnamese and in English."""
    vi, en = page.SUMMARY
    assert not vi.isascii(), vi
    assert vi != en
    for sentence in (vi, en):
        assert sentence == nfc(sentence)
        assert re.fullmatch(r"[A-ZÀ-ỸĐ`'].*[^.]\.", sentence), sentence
        assert len(sentence) <= 160, sentence


def paragraphs(page: Page) -> list[str]:
    """The docstring's what, why, `Bad:`, patch, `Good:`, patch."""
    return cleandoc(page.__doc__ or "").split("\n\n")


@each
def test_why(page: Page) -> None:
    """Why it is bad is said in Vietnamese too: one to three sentences with the R numbers, laws and figures of the English."""
    assert nfc(page.WHY) == page.WHY
    assert re.search("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịọỏốồổỗộớờởỡợụủứừửữự]", page.WHY)
    assert re.fullmatch(r"[A-ZÀ-ỸĐ`].*[^. ]\.", page.WHY), page.WHY
    assert "  " not in page.WHY
    assert len(re.findall(r"\.(?: |$)", page.WHY)) <= 3
    assert set(re.findall(r"R?\d+", page.WHY)) == set(re.findall(r"R?\d+", paragraphs(page)[1]))


@each
def test_page_in_vietnamese(page: Page) -> None:
    """A quality officer who reads no English is shown none: what is wrong, why, and both examples, under their headings."""
    what, why, before, bad, after, good = page_text(page, "vi").split("\n\n")[1:]
    assert what == page.SUMMARY.vi
    assert " ".join(why.split()) == f"Vì sao: {page.WHY}"
    assert max(len(line) for line in why.splitlines()) <= 120
    assert (before, after) == ("Sai:", "Đúng:")
    assert [bad, good] == paragraphs(page)[3::2]


@each
def test_page_in_english(page: Page) -> None:
    """In English the page is the docstring of the rule's module."""
    shown = page_text(page, "en")
    assert shown.split("\n\n")[-5:] == paragraphs(page)[1:]
    for part in ("Why this is bad: ", "\nBad:\n\n    ", "\nGood:\n\n    "):
        assert part in shown, part


@each
def test_page_head(page: Page) -> None:
    """A page begins with a code and a name of the right form, says whether it can be silenced, and has a family."""
    shown = page_text(page, "vi")
    assert shown.startswith(f"{page.CODE} {page.NAME} · ")
    assert ("không bỏ qua được" in shown) == (page.CODE in FIRM)
    assert page.CODE[:4] in FAMILIES
    assert re.fullmatch(r"FLW[0-9]{3}", page.CODE)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", page.NAME)


@each
def test_english_page_says_things_once(page: Page) -> None:
    """In English the page's own first sentence isn't said twice."""
    words = " ".join(page_text(page, "en").split())
    assert words.count(page.SUMMARY.en) == 1


def test_codes_and_names_are_unique() -> None:
    """A code and a name mean one rule; the catalogue is sorted by code."""
    codes = [page.CODE for page in PAGES]
    assert codes == sorted(set(codes))
    assert len({page.NAME for page in PAGES}) == len(codes)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_catalogue(lang: str) -> None:
    """Every family with its title, every rule on a line with code, name, level and summary."""
    lines = catalogue_text(PAGES, lang).splitlines()
    for family, title in FAMILIES.items():
        assert f"{family}  {title.to(lang)}" in lines
    for page in PAGES:
        (line,) = [line for line in lines if line.startswith(f"  {page.CODE}  {page.NAME} ")]
        assert line.endswith(f" {page.SUMMARY.to(lang)}")


def test_find() -> None:
    """A rule is found by code, the beginning of a code, or name, in any case."""
    (one,) = find("FLW402")
    assert find("flw402") == find(" deadline-sum ") == find("Deadline-Sum") == (one,)
    assert {page.CODE[:4] for page in find("flw4")} == {"FLW4"}
    assert find("FLW") == PAGES


@pytest.mark.parametrize(
    ("word", "meant"),
    [("FLW9", None), ("FLW4O2", "FLW402"), ("deadline-sun", "deadline-sum"), ("", None), ("402", None)],
)
def test_find_nothing(word: str, meant: str | None) -> None:
    """What is no rule is a plain sentence, with what was probably meant."""
    with pytest.raises(BadValue) as caught:
        find(word)
    assert caught.value.text.vi.startswith(f"không có quy tắc '{word}'")
    if meant:
        assert caught.value.text.en.endswith(f"; did you mean '{meant}'?")


def test_command() -> None:
    """`flowiso rule` lists, `flowiso rule CODE` shows the page, a family lists its own."""
    assert run().output == catalogue_text(PAGES) + "\n"
    assert run("FLW402").output == run("deadline-sum").output == page_text(find("FLW402")[0]) + "\n"
    assert run("FLW402", "--lang", "en").output == page_text(find("FLW402")[0], "en") + "\n"
    assert run("FLW0").output.count("\n") == len(find("FLW0")) + 1


CODES = [note for family in OTHERS.values() for note in family.notes]


def test_every_other_code_is_explained() -> None:
    """Dossiers, tables, scenarios, declared years, published reports: each code with its name and level, in a sentence of either
    language, and on its page."""
    assert {note.code: (note.name, note.level) for note in CODES if note.code[:3] in ("REP", "RPT", "SCN")} == {
        **{code: (name, "error") for code, name in {**OF_SCENARIOS, **OF_YEARS}.items()},
        **OF_REPORTS,
    }
    told = {note.code: note.name for note in CODES if note.code[:3] in ("DOS", "TAB")}
    assert told == {**OF_DOSSIERS, **OF_TABLES}
    assert [note.code for note in CODES] == sorted(note.code for note in CODES)
    for note in CODES:
        for sentence in note.summary:
            assert sentence == nfc(sentence)
            assert re.fullmatch(r"[A-ZÀ-ỸĐ0-9'].*[^.]\.", sentence), sentence
    for prefix, family in OTHERS.items():
        page = (ROOT / family.page).read_text(encoding="utf-8")
        for note in family.notes:
            assert note.code.startswith(prefix)
            assert note.code in page, note.code
            row = re.search(rf"^\| [^|]*\b{note.code}\b[^|]*\|.*$", page, re.MULTILINE)
            levels = re.findall(r"\b(error|warning|info|note)\b", row[0]) if row else []
            assert not levels or {"info": "note"}.get(note.level, note.level) in levels or note.level in levels, note


def test_command_of_other_codes() -> None:
    """A code, a family, JSON and Markdown; `flowiso check --select` knows them too."""
    assert run("RPT101").output.startswith("RPT101 unknown-division · lỗi\n\nCơ quan không có phòng này.\n")
    assert "docs/scenario.md" in run("scn101", "--lang", "en").output
    assert run("REP").output.count("\n") == len(OTHERS["REP"].notes) + 1
    (row,) = json.loads(run("REP105", "--format", "json", "--lang", "en").output)
    assert (row["code"], row["level"], row["can_be_ignored"]) == ("REP105", "warning", False)
    assert set(row) == set(json.loads(run("FLW402", "--format", "json").output)[0])
    assert "| SCN201 | not-a-share | error |" in run("SCN2", "--format", "markdown").output
    assert _codes(["RPT101,FLW402", "SCN3"]) == {"RPT101", "FLW402", "SCN301", "SCN302", "SCN303", "SCN304"}
    assert run("DOS104", "--lang", "en").output.startswith(
        "DOS104 late-without-apology · warning\n\nA dossier is late, and"
    )
    assert run("DOS").output.count("\n") == len(OF_DOSSIERS) + 3
    assert "TAB404  which-days" in run("TAB").output
    with pytest.raises(BadValue, match="có phải 'SCN101'"):
        find("SCM101")


def test_json() -> None:
    """The rules as values: one mapping each, what is wrong in the chosen language."""
    rows = json.loads(run("--format", "json", "--lang", "en").output)
    assert [row["code"] for row in rows] == [page.CODE for page in PAGES]
    assert [row["can_be_ignored"] for row in rows] == [page.CODE not in FIRM for page in PAGES]
    assert [row["summary"] for row in rows] == [page.SUMMARY.en for page in PAGES]
    assert json.loads(run("FLW402", "--format", "json", "--lang", "en").output) == [
        row for row in rows if row["code"] == "FLW402"
    ]
    assert [row["page"] for row in rows] == [cleandoc(page.__doc__ or "") for page in PAGES]
    (vietnamese,) = json.loads(run("FLW402", "--format", "json").output)
    assert page_text(find("FLW402")[0]).endswith(vietnamese["page"])


def test_rules_page_is_current() -> None:
    """docs/rules.md is what `flowiso rule --format markdown` writes; run that command to mend this."""
    assert (ROOT / "docs/rules.md").read_text(encoding="utf-8") == run("--format", "markdown").output


def test_rules_page_is_markdown() -> None:
    """Each rule is a heading that the table links to, and every example is fenced as YAML."""
    page = book_markdown(PAGES)
    titles = re.findall(r"^### (.*)$", page, re.MULTILINE)
    assert titles == [f"{page.CODE} {page.NAME}" for page in PAGES]
    assert re.findall(r"\]\(#(.*?)\)", page) == [title.lower().replace(" ", "-") for title in titles]
    outside = re.sub(r"^```yaml\n.*?^```$", "EXAMPLE", page, flags=re.DOTALL | re.MULTILINE)
    assert len(re.findall(r"^(?:Bad|Good):\n\nEXAMPLE$", outside, re.MULTILINE)) >= 2 * len(PAGES)
    assert not re.search(r"^ |```", outside, re.MULTILINE)
    said = " ".join(page.split())
    for one in PAGES:
        assert f"**{one.SUMMARY.vi}** Vì sao: {one.WHY}" in said
