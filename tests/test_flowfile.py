"""The reader of flow files: every fault with its line and column, nothing raised, hostile files refused quickly."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_rules import CONTEXT, SOUND, SOUND_FILE, WORDS

from flowiso.flowfile import HEAD, read_flow
from flowiso.model import Finding, Flow
from flowiso.rules import check_flow
from flowiso.term import Term
from flowiso.yamlfile import MAX_BYTES, MAX_FINDINGS

DOCS = Path(__file__).parent.parent / "docs" / "flow-file.md"


def read(text: str | bytes) -> tuple[Flow | None, list[Finding]]:
    data = text.encode() if isinstance(text, str) else text
    return read_flow(data, SOUND_FILE, WORDS)


def changed(old: str, new: str) -> str:
    assert SOUND.count(old) == 1
    return SOUND.replace(old, new)


def line_of(text: str, part: str) -> int:
    assert text.count(part) == 1
    return text[: text.index(part)].count("\n") + 1


def test_sound_flow() -> None:
    """R60: the sound flow is read whole, with terms, arrows and places."""
    flow, findings = read(SOUND)
    assert findings == []
    assert flow is not None
    assert (flow.code, flow.version, flow.deadline) == ("DIEN-01", 1, Term.parse("15wd"))
    step = flow.step("tham-dinh")
    assert step is not None
    assert [(arrow.action, arrow.target, arrow.kind) for arrow in step.arrows] == [
        ("chuyen", "duyet-phong", "forward"),
        ("yeu-cau-bo-sung", "gui-yeu-cau", "supplement"),
        ("tu-choi", "ky-tu-choi", "refuse"),
    ]
    assert step.place == (line_of(SOUND, "  tham-dinh:\n"), 3)
    waiting = flow.step("cho-bo-sung")
    assert waiting is not None
    assert waiting.at_limit is not None
    assert waiting.at_limit.kind == "timer"
    assert flow.unread == frozenset()


def test_grammar_and_page_agree() -> None:
    """Every key of the head stands in docs/flow-file.md."""
    page = DOCS.read_text(encoding="utf-8")
    assert [key for key in HEAD if f"`{key}`" not in page] == []


def test_every_table_of_the_page_is_whole() -> None:
    """A row of a table follows its head: none is left behind the text that comes after."""
    lines = ["", *DOCS.read_text(encoding="utf-8").splitlines()]
    heads = [lines[at + 1] for at, line in enumerate(lines[:-1]) if lines[at + 1].startswith("|") and line == ""]
    firsts = [line for before, line in pairwise(lines) if line.startswith("|") and not before.startswith("|")]
    assert firsts == heads
    assert "| `_stories/*.yaml`" in DOCS.read_text(encoding="utf-8").partition("## The agency's other files")[2]


FAULTS = {
    "tab": ("    by: chuyen-vien", "\tby: chuyen-vien", "FLW001", "\tby"),
    "anchor": ("division: ktnl", "division: &a ktnl", "FLW001", "&a"),
    "tag": ("version: 1", "version: !!int 1", "FLW001", "!!int"),
    "duplicate key": ("division: ktnl", "division: ktnl\ndivision: qltm", "FLW007", "division: qltm"),
    "duplicate row": (
        "  cho-bo-sung:\n",
        "  gui-yeu-cau: {by: hoi-dong}\n  cho-bo-sung:\n",
        "FLW007",
        "gui-yeu-cau: {by: hoi",
    ),
    "duplicate key in a row": ("by: chuyen-vien", "by: chuyen-vien\n    by: mot-cua\n", "FLW007", "by: mot-cua\n"),
    "step aside named like a row": (
        "aside:\n",
        "aside:\n  phan-cong: {by: mot-cua, then: {x: tu-choi}}\n",
        "FLW007",
        "phan-cong: {by: mot-cua",
    ),
    "unknown key": ("    within: 80wh", "    witin: 80wh", "FLW002", "witin"),
    "unknown key of the head": ("issued_by:", "isued_by:", "FLW002", "isued_by"),
    "unquoted comma": (
        "{by: van-thu-so, within: 4wh}",
        "{by: van-thu-so, title: In, gửi, within: 4wh}",
        "FLW002",
        "gửi,",
    ),
    "no unit": ("    within: 80wh", "    within: 81", "FLW004", "81"),
    "wrong unit": ("deadline: 15wd", "deadline: 15 ngày", "FLW004", "15 ngày"),
    "decimal comma": ("    within: 80wh", "    within: '1,5wd'", "FLW004", "'1,5wd'"),
    "no such date": ("from: 2021-09-13", "from: 2021-02-30", "FLW004", "2021-02-30"),
    "date 0000-00-00": ("from: 2021-09-13", "from: 0000-00-00", "FLW004", "0000-00-00"),
    "foreign digits": ("online_level: 4", "online_level: ４", "FLW004", "４"),
    "word not on the list": ("clock_policy: restart", "clock_policy: restrat", "FLW004", "restrat"),
    "YAML's old no": ("interconnected: no", "interconnected: false", "FLW004", "false"),
    "missing key": ("online_level: 4\n", "", "FLW003", "code: "),
    "missing target": ("{to: gui-yeu-cau, kind: supplement}", "{kind: supplement}", "FLW003", "{kind: supplement}"),
    "empty value": ("division: ktnl", "division: ''", "FLW004", "''"),
    "NFD": ("title: Cấp", "title: Ca\u0302\u0301p", "FLW005", "Ca\u0302"),
    "bidi control": ("result: Giấy", "result: \u202eGiấy", "FLW004", "\u202e"),
    "zero width": ("field: dien", "field: d\u200bien", "FLW004", "d\u200b"),
    "control character": ("result: Giấy", "result: G\x07iấy", "FLW001", "\x07"),
    "escaped control": ("result: Giấy phép hoạt động điện lực", r'result: "G\x07"', "FLW004", r'"G\x07"'),
    "list for a map": ("effective: {from: 2021-09-13}", "effective: [2021-09-13]", "FLW004", "[2021-09-13]"),
    "map for a word": ("field: dien", "field: {a: b}", "FLW004", "{a: b}"),
    "empty list": ("\n  - Luật Điện lực số 28/2004/QH11", " []", "FLW004", "[]"),
    "entry without source": ("    read: ví dụ\n", "", "FLW004", "of: [code"),
    "rows that are none": (
        "anywhere: {rut-ho-so: {to: da-rut, kind: withdraw, by: nguoi-nop}}",
        "anywhere: x",
        "FLW004",
        "x\nends",
    ),
    "no ends": (
        "{da-cap: granted, tu-choi: refused, khong-nhan: refused-intake, da-rut: withdrawn}",
        "{}",
        "FLW004",
        "{}",
    ),
}


@pytest.mark.parametrize(("old", "new", "code", "at"), list(FAULTS.values()), ids=list(FAULTS))
def test_fault_has_line_and_column(old: str, new: str, code: str, at: str) -> None:
    """Habit 6: each fault is one finding at its own line and column, and no rule repeats it."""
    text = changed(old, new)
    flow, findings = read(text)
    rest = [] if flow is None else check_flow(flow, CONTEXT)
    assert [one.code for one in [*findings, *rest]] == [code], [*findings, *rest]
    where = text.index(at)
    assert text.count(at) == 1
    (one,) = findings
    assert (one.line, one.column) == (text[:where].count("\n") + 1, where - text.rfind("\n", 0, where)), one
    assert one.message.vi != one.message.en


def test_nfd_key() -> None:
    """A key in NFD is told once as such and otherwise taken for what it is."""
    _, findings = read(changed("result: Giấy", "ghi-chu\u0301: x\nresult: Giấy"))
    assert [(one.code, one.column) for one in findings] == [("FLW005", 1), ("FLW002", 1)]


def test_did_you_mean() -> None:
    """A mistyped key or word is answered with the one that was meant."""
    assert read(changed("    within: 80wh", "    witin: 80wh"))[1][0].message.vi.endswith("có phải 'within'?")
    assert read(changed("clock_policy: restart", "clock_policy: restrat"))[1][0].message.en.endswith(
        "did you mean 'restart'?"
    )


def test_messages_of_values_that_are_no_words() -> None:
    """A list or mapping in the place of a word is named in the reader's own language."""
    (one,) = read(changed("field: dien", "field: [dien]"))[1]
    assert one.message.vi.startswith("'field': danh sách này không hợp lệ")
    assert one.message.en.startswith("'field': this list is not valid")


STAMP = "{by: van-thu-so, within: 4wh}"


@pytest.mark.parametrize(
    ("old", "new", "vi"),
    [
        (STAMP, "{title: In, gửi, by: van-thu-so, within: 4wh}", "bước 'phat-hanh': khóa 'gửi' không có nghĩa ở đây;"),
        (STAMP, "{title: In, gửi, by: van-thu-so, within: 4wh}", "hãy đặt cả giá trị đó trong dấu nháy"),
        (
            "effective: {from: 2021-09-13}",
            "effective: 2021-09-13",
            "'effective': cần một bảng khóa: giá trị, viết như {from: …}",
        ),
        (
            STAMP,
            "{by: van-thu-so, within: 4wh, then: x}",
            "'then' của bước 'phat-hanh': cần một bảng khóa: giá trị, viết như {…: x}",
        ),
        (STAMP, "van-thu-so", "bước 'phat-hanh': cần một bảng khóa: giá trị, viết như {by: …}"),
        (
            STAMP,
            "{by: van-thu-so, within: 4wh, forms: Biên bản}",
            "'forms' của bước 'phat-hanh': cần một danh sách có ít nhất một mục, viết như [Biên bản]",
        ),
        (STAMP, "{by: van-thu-so, within: 4wh, title: }", "'title' của bước 'phat-hanh': cần một giá trị bằng chữ"),
        (STAMP, "{by: Van thu, within: 4wh}", "'by' của bước 'phat-hanh': 'Van thu' không hợp lệ"),
        (
            "{to: gui-yeu-cau, kind: supplement}",
            "{kind: supplement}",
            "'yeu-cau-bo-sung' của bước 'tham-dinh': thiếu khóa 'to'",
        ),
        ("from: 2021-09-13", "from: 2021", "'from' của 'effective': '2021' không phải ngày"),
    ],
)
def test_message_names_key_and_step(old: str, new: str, vi: str) -> None:
    """Habit 6: a finding names the key, the step and the remedy, so that it is understood without the file."""
    (one,) = read(changed(old, new))[1]
    assert vi in one.message.vi
    assert one.message.vi.count("': ") == one.message.en.count("': ")


@pytest.mark.parametrize(
    ("written", "vi"),
    [
        ("20 ngày", "Có phải '20wd' (ngày làm việc) hay '20d' (ngày lịch)?"),
        ("20 wd", "Có phải '20wd' (ngày làm việc)?"),
        ("20WD", "Có phải '20wd' (ngày làm việc)?"),
        ("1,5 giờ làm việc", "Có phải '1.5wh' (giờ làm việc)?"),
        ("2.5 ngày", "Có phải '2.5wd' (ngày làm việc)?"),
        ("0 ngày", None),
        ("020 ngày", None),
        ("lâu", None),
        ("15", None),
    ],
)
def test_term_that_was_meant(written: str, vi: str | None) -> None:
    """R76: a term written as people speak is answered with how it is written here; every guess is a term."""
    (one,) = read(changed("deadline: 15wd", f"deadline: {written}"))[1]
    assert one.message.vi.startswith("'deadline': ")
    assert (vi in one.message.vi) if vi else ("Có phải" not in one.message.vi)
    for guess in re.findall(r"(?:phải|hay) '(\S+)'", one.message.vi):
        Term.parse(guess)


def test_five_faults_in_one_run() -> None:
    """The promise of the README: five different faults, five findings, each on its line, in one run."""
    text = SOUND
    for old, new in (
        ("deadline: 15wd", "deadline: 12wd"),
        ("phan-cong:   {by: lanh-dao-phong,", "phan-cong:   {by: truong-phong,"),
        ("tu-choi: {to: ky-tu-choi,", "tu-choi: {to: ky-tuchoi,"),
        ("{by: van-thu-so, within: 4wh}", "{by: van-thu-so, witin: 4wh}"),
        ("online_level: 4", "online_level: 5"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    text = text.replace("within: 80wh", "within: 90wh")
    flow, findings = read(text)
    assert flow is not None
    findings = findings + check_flow(flow, CONTEXT)
    assert sorted((one.line, one.code) for one in findings) == [
        (line_of(text, "online_level: "), "FLW004"),
        (line_of(text, "deadline: "), "FLW402"),
        (line_of(text, "phan-cong: "), "FLW302"),
        (line_of(text, "to: ky-tuchoi"), "FLW201"),
        (line_of(text, "witin"), "FLW002"),
    ]


def _laughs() -> str:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(levels)


def _merges() -> str:
    levels = ["a0: &a0 {x: 1}"]
    levels += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 9)]
    return "\n".join(levels)


HOSTILE: dict[str, str | bytes] = {
    "billion laughs": _laughs(),
    "merge bomb": _merges(),
    "merge key": "<<: {code: X}",
    "20,000 brackets": "[" * 20_000,
    "20,000 closed brackets": "a: " + "[" * 20_000 + "]" * 20_000,
    "500 brackets": "a: " + "[" * 500 + "]" * 500,
    "500 braces": "a: " + "{a: " * 500 + "}" * 500,
    "200,000 digits": "version: " + "9" * 200_000,
    "4,000 digits": "version: " + "9" * 4_000,
    "hex": "version: 0x" + "f" * 300_000,
    "100,000 anchors": "a: [" + ", ".join(f"&a{n} x" for n in range(100_000)) + "]",
    "20,000 duplicate keys": "a: 1\n" * 20_000,
    "9,000 duplicate keys": "a: 1\n" * 9_000,
    "9,000 unknown keys": "".join(f"titel{n}: 1\n" for n in range(9_000)),
    "9,000 rows": SOUND.replace("\nsteps:\n", "\nsteps:\n" + "".join(f"  b{n}: {{}}\n" for n in range(9_000))),
    "1,000 arrows": SOUND.replace("tra: da-cap", ", ".join(f"t{n}: q{n}" for n in range(1_000))),
    "1,000 strange arrows anywhere": SOUND.replace(
        "{rut-ho-so:", "{" + "".join(f"da-bo-sun{n}: cho-bo-su{n}, " for n in range(1_000)) + "rut-ho-so:"
    ),
    "500 lost rows in a ring": SOUND.replace(
        "\naside:\n",
        "\naside:\n" + "".join(f"  b{n}: {{by: mot-cua, then: {{a: b{(n + 1) % 490}}}}}\n" for n in range(490)),
    ),
    "500 lost rows in a line": SOUND.replace(
        "\naside:\n",
        "\naside:\n" + "".join(f"  b{n}: {{by: lanh-dao-ubnd, then: {{a: b{n + 1}}}}}\n" for n in range(490)),
    ),
    "500 rows and 500 ends": SOUND.replace(
        "\nsteps:\n",
        "\nsteps:\n" + "".join(f"  b{n}: {{by: lanh-dao-ubnd, then: {{a: b{n}, e: e{n}}}}}\n" for n in range(490)),
    ).replace("\nends: {", "\nends: {" + "".join(f"e{n}: refused, " for n in range(490))),
    "9,000 facts": SOUND.replace(
        "of: [code,", "of: [" + "".join(f"step.tham-din{n}, " for n in range(9_000)) + "code,"
    ),
    "python object": "a: !!python/object/apply:os.system ['true']",
    "python name": "!!python/name:os.system",
    "tag with escapes": "a: !<tag:%0Aevil%1B[2J> x",
    "date 0000-00-00": "effective: {from: 0000-00-00}",
    "NUL byte": b"code: DIEN-01\0\n",
    "escape in a key": '"a\\u001b[31m": 1',
    "UTF-16": SOUND.encode("utf-16"),
    "UTF-32": SOUND.encode("utf-32"),
    "Latin-1": "title: Cấp".encode("cp1258", "replace"),
    "lone surrogate": b"title: \xed\xa0\x80",
    "escaped surrogate": 'title: "\\ud800"',
    "1 MiB and 1": b"#" * (MAX_BYTES + 1),
    "1 MiB of comment": b"#" * MAX_BYTES,
    "1 MiB of one word": b"a" * MAX_BYTES,
    "1 MiB of minus": b"- " * (MAX_BYTES // 2),
    "1 MiB of colons": b"a:\n" * (MAX_BYTES // 3),
    "empty file": b"",
    "only a mark": b"\xef\xbb\xbf",
    "only a comment": b"# x\n",
    "list root": "- a\n- b\n",
    "scalar root": "code",
    "two documents": "a: 1\n---\nb: 2\n",
    "directive": "%YAML 9.9\n---\na: 1\n",
    "complex key": "? [a, b]\n: c\n",
    "alias as key": "*a : b\n",
    "unclosed quote": "title: 'abc",
    "Windows path": 'title: "C:\\Users"',
    "carriage returns": SOUND.replace("\n", "\r"),
}


@pytest.mark.parametrize("data", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_file_is_a_finding(data: str | bytes) -> None:
    """reliability.md 4, libraries.md 3.1: refused in a second or two of processor time, never an exception or a flood."""
    started = time.process_time()
    flow, findings = read(data)
    rest = [] if flow is None else check_flow(flow, CONTEXT)
    assert time.process_time() - started < 2
    assert data == HOSTILE["carriage returns"] or findings or rest
    assert len(findings) <= MAX_FINDINGS
    for one in findings:
        assert (one.line or 0) >= 1
        assert (one.column or 0) >= 1
        assert one.message.vi.isprintable()
        assert len(one.message.vi) < 400


def test_line_ends_do_not_matter() -> None:
    """A file saved on Windows, with its mark and line ends, is the same flow with the same lines."""
    windows = b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode()
    assert read(windows) == read(SOUND)


def test_tab_is_explained() -> None:
    """A tab is YAML's commonest fault; the message says so in plain words."""
    (one,) = read(changed("  phan-cong:", "\tphan-cong:"))[1]
    assert "dấu tab" in one.message.vi


def never_raises(text: str | bytes) -> None:
    flow, findings = read(text)
    assert flow is not None or findings
    if flow is not None:
        check_flow(flow, CONTEXT)


CALM = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS_OF_YAML = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ": ",
        ", ",
        "\n",
        "  ",
        "- ",
        "&a ",
        "*a",
        "!!int ",
        "'",
        '"',
        ">",
        "#",
        "? ",
        "---",
        "<<: ",
        "code",
        "steps",
        "aside",
        "then",
        "to",
        "by",
        "within",
        "at-limit",
        "ends",
        "facts",
        "of",
        "tham-dinh",
        "chuyen",
        "15wd",
        "none",
        "\t",
        "\x00",
        "\u202e",
        "é",
        "0",
        "yes",
    ]
)


@CALM
@given(st.text(max_size=200) | st.binary(max_size=200) | st.lists(WORDS_OF_YAML, max_size=60).map("".join))
def test_any_text_gives_findings_or_a_flow(text: str | bytes) -> None:
    """Habit 6: bad input makes findings; random text and bytes never raise anything."""
    never_raises(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))


@CALM
@given(
    st.lists(st.tuples(st.integers(0, len(SOUND)), st.integers(0, 30), WORDS_OF_YAML | st.text(max_size=5)), max_size=6)
)
def test_any_mutation_gives_findings_or_a_flow(cuts: list[tuple[int, int, str]]) -> None:
    """Habit 6: a good file with pieces cut out and put in never raises anything, neither in the reader nor in a rule."""
    text = SOUND
    for at, length, new in cuts:
        text = text[:at] + new + text[at + length :]
    never_raises(text.encode("utf-8", "surrogatepass"))


LINES = SOUND.split("\n")


@CALM
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.integers(0, len(LINES) - 1)), max_size=8))
def test_any_shuffle_of_lines_gives_findings_or_a_flow(swaps: list[tuple[int, int]]) -> None:
    """Habit 6: lines swapped, doubled and lost never raise anything."""
    lines = list(LINES)
    for a, b in swaps:
        lines[a] = lines[b]
    never_raises("\n".join(lines))


def test_period_that_ends_before_it_begins() -> None:
    """R65: `to` is the first day it no longer holds, so it lies after `from`."""
    from flowiso.library import bundled
    from flowiso.words import Words

    text = (bundled() / "lthh" / "lthh-13.v1.yaml").read_text(encoding="utf-8")
    line = "effective: {from: 2020-10-21, to: 2020-10-21}"
    spoilt = text.replace("effective: {from: 2020-10-21}", line)
    _, findings = read_flow(spoilt.encode(), "x.yaml", Words())
    assert [finding.code for finding in findings] == ["FLW004"]
    assert findings[0].line == spoilt.splitlines().index(line) + 1


def test_names_that_nobody_declared(tmp_path: Path) -> None:
    """R121: an account with a mistyped role or division would vanish from every list."""
    from flowiso.library import bundled, load_agency

    text = (bundled() / "_org.yaml").read_text(encoding="utf-8")
    spoilt = text.replace("roles: [mot-cua], division: vp}", "roles: [mot-cuaa], division: vpp}", 1)
    (tmp_path / "_org.yaml").write_text(spoilt, encoding="utf-8")
    (tmp_path / "_steps.yaml").write_text("steps: {}", encoding="utf-8")
    found = load_agency(tmp_path).findings
    assert [finding.message.en for finding in found] == [
        "'mot-cuaa' is not declared in this file; did you mean 'mot-cua'?",
        "'vpp' is not declared in this file; did you mean 'vp'?",
    ]
