"""The numbered rules: every R-number that is cited is explained, and docs/law.md is what the table says."""

from __future__ import annotations

import json
import re
from itertools import chain, groupby
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowiso.cli import group
from flowiso.errors import BadValue
from flowiso.render.codebook import meant_by
from flowiso.render.lawbook import KNOWN, Ground, chapters, cited
from flowiso.text import nfc

ROOT = Path(__file__).parent.parent
GROUNDS = [ground for _, grounds in chapters() for ground in grounds]
PLACES = (
    ".ci",
    "benchmarks",
    "docs",
    "examples",
    "flowiso",
    "flows",
    "tests",
    "README.md",
    "CHANGELOG.md",
    "pyproject.toml",
)
WORDS = ("", ".css", ".html", ".js", ".md", ".mjs", ".py", ".sql", ".toml", ".typ", ".yaml")
NOBODYS = "R999"


def run(*args: str) -> Result:
    return CliRunner().invoke(group, ["rule", *args], catch_exceptions=False)


def test_every_cited_number_is_explained() -> None:
    """No document, message, flow, comment or test cites a rule that `flowiso rule` doesn't know."""
    files = chain.from_iterable([place, *place.rglob("*")] for place in map(ROOT.joinpath, PLACES))
    texts = {file: file.read_text(encoding="utf-8") for file in files if file.is_file() and file.suffix in WORDS}
    assert len(texts) > 700
    known = {ground.code for ground in GROUNDS}
    unknown = {
        f"{file.relative_to(ROOT)}: {code}"
        for file, text in texts.items()
        for code in re.findall(r"\bR[0-9]+\b", text)
        if code not in known and file != Path(__file__)
    }
    assert not unknown, "write what it says into flowiso/render/law.toml, or mend the number"


def test_no_rule_stands_twice() -> None:
    """A rule's parts stand together in the file; one begun anew elsewhere would be read as a part of the first."""
    text = (ROOT / "flowiso/render/law.toml").read_text(encoding="utf-8")
    blocks = [code for code, _ in groupby(re.findall(r"^\[\[(.*)\]\]$", text, re.MULTILINE))]
    assert blocks == [ground.code for ground in GROUNDS]
    assert len(set(blocks)) == len(blocks) > 90
    for _, grounds in chapters():
        assert grounds == tuple(sorted(grounds, key=lambda ground: int(ground.code[1:])))


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda ground: ground.code)
def test_rule(ground: Ground) -> None:
    """Each thing said is whole sentences in both languages, with the same figures, and says how it is known and from where."""
    assert re.fullmatch(r"R[1-9][0-9]{0,2}", ground.code)
    for part in ground.parts:
        vi, en = part.said
        assert not vi.isascii(), vi
        assert vi != en
        for words in (*part.said, *part.sources):
            assert words == nfc(words)
            assert " ".join(words.split()) == words
        assert re.fullmatch(r"[(A-ZÀ-ỸĐ“].*[^. )][.;]", vi), vi
        assert re.fullmatch(r"[(A-ZĐ\"].*[^. )][.;]", en), en
        assert sorted(re.findall(r"R?[0-9]+", vi)) == sorted(re.findall(r"R?[0-9]+", en))
        assert part.known
        assert set(part.known) <= set(KNOWN)
        assert bool(part.sources) or not {"read", "published"} & set(part.known)
        assert not part.sources or part.known != ("design",)


def test_command() -> None:
    """`flowiso rule R43` tells what the rule says, where it stands and how it is known; `R` lists all."""
    (chapter,) = cited(" r43 ")
    (part,) = chapter.grounds[0].parts
    said, page = part.said.vi.removesuffix("."), run("R43").output
    assert " ".join(page.split()) == (
        f"R43 · {chapter.title.vi} {said} (Nghị định 61/2018/NĐ-CP Điều 19 khoản 4; đã đọc)."
    )
    assert run("R43", "--lang", "en").output.endswith(" (Nghị định 61/2018/NĐ-CP Điều 19 khoản 4; read).\n")
    listed = run("R").output
    assert re.findall(r"^  (R[0-9]+) ", listed, re.MULTILINE) == [ground.code for ground in GROUNDS]
    assert max(map(len, listed.splitlines())) <= 120
    assert run("r5").output.startswith("R5 · ")
    assert run("R43", "--format", "markdown").output.count("### ") == 1


def test_mixed_rule() -> None:
    """Of a rule that mixes, each part says for itself how it is known (R129: seen, decided, read)."""
    english = [part.to("en") for part in cited("R129")[0].grounds[0].parts]
    assert [words.rpartition(" (")[2] for words in english] == [
        "second-hand).",
        "our design).",
        "Nghị định 61/2018/NĐ-CP Điều 5 khoản 1 điểm c; read).",
    ]
    assert cited("R90")[0].grounds[0].parts[0].to("vi").endswith(" (theo nguồn dẫn lại; quy ước của FlowISO).")


def test_json() -> None:
    """The keys of every other rule, and the parts (docs/json.md)."""
    (row,) = json.loads(run("R15", "--format", "json", "--lang", "en").output)
    assert (row["code"], row["name"], row["level"], row["can_be_ignored"]) == ("R15", None, None, False)
    assert [part["known"] for part in row["parts"]] == [["read"], ["design"]]
    assert row["parts"][0]["sources"] == ["Nghị định 61/2018/NĐ-CP Điều 5 khoản 1 điểm e"]
    assert row["summary"] == " ".join(part["said"] for part in row["parts"])
    assert run("R15", "--lang", "en").output == f"R15 · {row['family']}\n\n{row['page']}\n"
    assert set(row) - {"parts"} == set(json.loads(run("FLW402", "--format", "json").output)[0])
    assert len(json.loads(run("R", "--format", "json").output)) == len(GROUNDS)


def test_number_of_no_rule() -> None:
    """A number that no rule has is refused in words; other words are left to the other codes, which have none of these."""
    with pytest.raises(BadValue) as caught:
        run(NOBODYS)
    assert caught.value.text.vi == f"không có quy tắc '{NOBODYS}'; xem các quy tắc R bằng 'flowiso rule R'"
    assert [cited(word) for word in ("REP101", "RE", "43", "", "FLW402", "R43-R44")] == [()] * 6
    assert meant_by("R43") == ()


def test_law_page_is_current() -> None:
    """docs/law.md is what `flowiso rule R --format markdown` writes; run that command to mend this."""
    page = (ROOT / "docs/law.md").read_text(encoding="utf-8")
    assert page == run("R", "--format", "markdown").output
    assert re.findall("^### (.*)$", page, re.MULTILINE) == [ground.code for ground in GROUNDS]
