"""Papers on A4: forms 01 to 05 from the line that issued them, control sheet and register (R11, R20, R23, R48, R49, R151)."""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from PIL import Image
from test_decision import Dossier as Told
from test_decision import at_examiner
from walks import TOLD, agency

from flowiso.decision import decide
from flowiso.dossier import Dossier
from flowiso.errors import BadValue
from flowiso.model import APPLICANT, REAPPOINT, STOP, Case
from flowiso.papers import issued
from flowiso.people import masked
from flowiso.refusals import Said
from flowiso.render.forms import Print, as_paper, as_text, print_of
from flowiso.render.pdf import FONT, Paper, Table, _compiled, as_pdf, dated
from flowiso.state import fold, follow
from flowiso.worktime import TZ

Call = Callable[..., tuple[int, str, str]]
NUMBER = "000.00.19.H19-210301-0001"
PEOPLE = {
    "owner": "Công ty TNHH Ưỡn Ẹo",
    "submitter": "Nguyễn Văn Ẵm",
    "id_no": "075099001234",
    "phone": "0912345678",
    "address": "12 Nguyễn Ái Quốc, Biên Hòa",
}
MM = 72 / 25.4
_WHITE = 250


def printed(told: Told, form: str, people: Mapping[str, str] = PEOPLE) -> Print:
    """The last form of this id that a dossier of test_decision has issued."""
    case = Case("000.00.19.H19", NUMBER, told.table.flow.code, 1, "counter")
    moves = tuple(told.moves)
    dossier = Dossier(case, told.table, fold(told.table, told.calendar, moves), moves)
    paper = [one for one in issued(told.table, moves) if one.form == form][-1]
    return print_of(dossier, told.calendar, paper, agency().library.words.forms.get(form), people)


def taken(told: Told, verb: str, note: str, **record: str) -> Told:
    """A verb of a leader, an hour later."""
    moves = decide(told.state, verb, "ha.qltm", "", told.moves[-1].at + 3600, said=Said(note, record))
    told.state = follow(told.calendar, told.state, moves)
    told.moves += moves
    return told


def supplemented() -> Told:
    """A supplement asked for by the officer and sent by the desk."""
    told = at_examiner().go("02/03 08:00", "mai.qltm", "yeu-cau-bo-sung", "lan.vp")
    return told.go("02/03 09:00", "lan.vp", "gui", APPLICANT)


def refused() -> Told:
    """A refusal on the merits, handed out."""
    told = at_examiner().go("02/03 08:00", "mai.qltm", "khong-du-dieu-kien", "ha.qltm")
    told.go("02/03 09:00", "ha.qltm", "chuyen", "quang.lds").go("02/03 10:00", "quang.lds", "ky", "hanh.vp")
    return told.go("02/03 11:00", "hanh.vp", "chuyen", "lan.vp").go("03/03 09:00", "lan.vp", "tra")


def reappointed() -> Told:
    """Re-appointed to 22/03."""
    return taken(at_examiner(), REAPPOINT, "vì quá tải", until="2021-03-22")


def stopped() -> Told:
    """Stopped for good."""
    return taken(at_examiner(), STOP, "vì không còn đối tượng", ground="điều 5")


FORMS = {
    "giay-tiep-nhan": at_examiner,
    "phieu-bo-sung": supplemented,
    "phieu-tu-choi": refused,
    "phieu-xin-loi": reappointed,
    "thong-bao-dung": stopped,
}


def text_of(made: bytes) -> str:
    """The words of a PDF, blanks made one."""
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages).split())


def pictures(paper: Paper, dots: int = 72) -> list[Image.Image]:
    """The pages as grey pictures."""
    pages = _compiled(paper, "vi", FONT, format="png", ppi=dots)
    return [Image.open(io.BytesIO(page)).convert("L") for page in (pages if isinstance(pages, list) else [pages])]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_says_what_its_line_says(form: str) -> None:
    """R11, R23, R48, R49, R59: whose it is, what is asked for, the words of the move; the law's number of the form (R20)."""
    one = printed(FORMS[form](), form)
    words = text_of(as_pdf(as_paper(one, "vi")))
    assert one.form is not None
    title = unicodedata.normalize("NFC", one.form.title.vi.upper())
    assert title in words
    for wanted in (NUMBER, *PEOPLE.values(), one.dossier.flow.title, *one.issued.content.splitlines(), one.digest):
        assert " ".join(wanted.split()) in words, wanted
    assert ("Mẫu 0" in words) is (form != "thong-bao-dung")  # form 05 only since 15/09/2025
    assert words == unicodedata.normalize("NFC", words)


def test_the_receipt_has_the_appointment() -> None:
    """R23: ten working days from Monday 01/03/2021, and who received it, with the hash of the line."""
    words = as_text(printed(at_examiner(), "giay-tiep-nhan"), "vi")
    assert "Thời gian nhận hồ sơ: 01/03/2021" in words
    assert "Thời gian trả kết quả: Thứ Hai 15/03/2021" in words
    assert "Thời hạn giải quyết theo quy định: 10 ngày làm việc" in words
    assert "Bộ phận Một cửa Nguyễn Thị Lan" in words


def test_the_number_of_sets_is_filled_in_by_hand() -> None:
    """R23: form 01 has a line for it, which no log can fill; what came online has no sets."""
    one = printed(at_examiner(), "giay-tiep-nhan")
    assert "  Số lượng hồ sơ: ........ bộ\n" in as_text(one, "vi")
    online = one._replace(dossier=one.dossier._replace(case=one.dossier.case._replace(channel="online")))
    assert "Số lượng hồ sơ" not in as_text(online, "vi")


def test_the_apology_has_both_days() -> None:
    """R49, R50: the day promised before and the new one."""
    words = as_text(printed(reappointed(), "phieu-xin-loi"), "vi")
    assert "Ngày hẹn trả trước đây: Thứ Hai 15/03/2021" in words
    assert "Ngày hẹn trả mới: Thứ Hai 22/03/2021" in words


def test_a_form_is_what_was_so_then() -> None:
    """The receipt printed after a re-appointment and a supplement is the one that was handed over, to the byte."""
    first = as_pdf(as_paper(printed(at_examiner(), "giay-tiep-nhan"), "vi"))
    for later in (reappointed, supplemented, refused):
        assert as_pdf(as_paper(printed(later(), "giay-tiep-nhan"), "vi")) == first


def test_in_english_nothing_of_ours_is_vietnamese() -> None:
    """The form's own number as well; who doesn't sign leaves no empty line in the text."""
    one = printed(supplemented(), "phieu-bo-sung")
    assert as_paper(one, "en").mark == "Form 02"
    assert as_paper(one, "vi").mark == "Mẫu 02"
    for lang in ("vi", "en"):
        assert all(line.strip() for line in as_text(one, lang).splitlines())


def test_masked_people_stay_masked() -> None:
    """R151: names and numbers as everybody may see them; nothing else of them is in the file, the QR code neither."""
    paper = as_paper(printed(at_examiner(), "giay-tiep-nhan", masked(PEOPLE)), "vi")
    words = text_of(as_pdf(paper)) + paper.code
    assert "Ng*** V** Ẵm" in words
    assert "***678" in words
    for hidden in ("Nguyễn Văn", "0912345", "07509", "Biên Hòa"):
        assert hidden not in words, hidden


@pytest.mark.parametrize("form", FORMS)
def test_the_code_leads_to_the_line(form: str) -> None:
    """A camera reads number, form, line and hash off the page."""
    one = printed(FORMS[form](), form)
    (page,) = pictures(as_paper(one, "vi"), 144)
    (found,) = zxingcpp.read_barcodes(page)
    assert found.text == f"{NUMBER}\n{form} {one.issued.seq} {one.digest}"


def test_a4_as_decree_30_has_it() -> None:
    """Margins 20 mm above and below, 30 left, 15 right; PDF/A-2a and PDF/UA-1; every font embedded; dated by the log."""
    made = as_pdf(as_paper(printed(at_examiner(), "giay-tiep-nhan"), "vi"))
    found = pypdf.PdfReader(io.BytesIO(made))
    (page,) = found.pages
    assert [round(float(side) / MM) for side in page.mediabox[2:]] == [210, 297]
    assert found.metadata is not None
    assert str(found.metadata.creation_date) == "2021-03-01 01:00:00+00:00"
    assert b"pdfaid:part>2<" in made
    assert b"pdfuaid:part>1<" in made
    for font in (one.get_object() for one in page["/Resources"]["/Font"].values()):  # type: ignore[index]
        (inner,) = font["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"]
        assert any(key.startswith("/FontFile") for key in descriptor)
        assert "LibertinusSerif" in font["/BaseFont"]


def long_paper(wide: bool) -> Paper:
    """Words longer than any line, in every place, and a table over several pages."""
    endless = "Ẵ" * 200
    org = agency().org
    cell = [(endless, ""), (f"{endless} {endless}", "small")]
    table = Table(("A", "B", "C"), (0, 1, 1), (0,), [[[(str(no), "")], cell, cell] for no in range(12)])
    fields = [("Địa chỉ", endless), ("Thành phần", [endless, "hai"])]
    made = datetime(2021, 2, 5, 8, tzinfo=TZ)
    return Paper(org, made, f"Giấy {endless}", "x", fields=fields, words=[endless], table=table, wide=wide)


@pytest.mark.parametrize("wide", [False, True])
def test_nothing_runs_off_the_page(wide: bool) -> None:
    """The margins are white on every page, whatever was written; pages are numbered from the second."""
    pages = pictures(long_paper(wide))
    assert len(pages) > 1
    for page in pages:
        across, down = page.size
        assert min(page.crop((0, 0, int(29.5 * MM), down)).tobytes()) > _WHITE
        assert min(page.crop((across - int(14 * MM), 0, across, down)).tobytes()) > _WHITE
        assert min(page.crop((0, 0, across, int(8 * MM))).tobytes()) > _WHITE
        assert min(page.crop((0, down - int(8 * MM), across, down)).tobytes()) > _WHITE
        assert min(page.tobytes()) < _WHITE


def test_a_row_is_not_cut_in_two() -> None:
    """Both signatures of a hand-over stand on the page of its number, wherever a page ends; a row too long for one goes on."""
    long = "dài " * 1_500
    rows = [[[(f"s{no}e", "")], [(f"g{no}e", ""), (f"t{no}e {'lời ' * (no % 7 * 9)}", "small")]] for no in range(40)]
    rows.append([[("s40e", "")], [(f"{long} g40e", ""), ("t40e", "small")]])
    table = Table(("A", "B"), (5, 22), (0,), rows)
    made = as_pdf(Paper(agency().org, datetime(2021, 2, 5, 8, tzinfo=TZ), "Phiếu", "x", table=table, wide=True))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]
    assert len(pages) > 3
    for no in range(40):
        assert [f"s{no}e" in page and f"g{no}e" in page and f"t{no}e" in page for page in pages].count(True) == 1, no
    assert sum(page.count("dài") for page in pages) == 1_500
    assert "t40e" in pages[-1]


def test_what_was_written_is_never_markup() -> None:
    """Signs that mean something to typst are printed as they are."""
    sly = '#panic("x") $a$ *đậm* <b> [c] \\ @d // e'
    told = taken(at_examiner(), REAPPOINT, sly, until="2021-03-22")
    assert sly in text_of(as_pdf(as_paper(printed(told, "phieu-xin-loi"), "vi")))


def test_no_font_is_replaced() -> None:
    """A font that isn't there, and a letter that a font hasn't, are refused in words."""
    paper = as_paper(printed(at_examiner(), "giay-tiep-nhan"), "vi")
    with pytest.raises(BadValue, match="không có phông chữ 'Không Có'"):
        as_pdf(paper, font="Không Có")
    with pytest.raises(BadValue, match="không in được bằng phông chữ 'Libertinus Serif': không có chữ '漢'; hãy chọn"):
        as_pdf(paper._replace(words=["漢"]))


def test_a_sign_that_the_font_lacks_is_spelled() -> None:
    """R21: what stands in a log stays printable: a picture is given by its number, and nothing else is lost."""
    told = taken(at_examiner(), REAPPOINT, "quá tải 😀 ✓ 👍🏽 (½ hồ sơ → 10)", until="2021-03-22")
    paper = as_paper(printed(told, "phieu-xin-loi"), "vi")
    made = as_pdf(paper)
    assert "quá tải [U+1F600] [U+2713] [U+1F44D][U+1F3FD] (½ hồ sơ → 10)" in text_of(made)
    assert made == as_pdf(paper)


def test_a_font_of_the_machine() -> None:
    """Tinos: widths of Times New Roman, which Decree 30/2020 names, and all of Vietnamese, which Liberation Serif lacks."""
    if not Path("/usr/share/fonts/truetype/croscore").is_dir():
        assert "FLOWISO_CI" not in os.environ
        pytest.skip("needs fonts-croscore")
    made = as_pdf(as_paper(printed(at_examiner(), "giay-tiep-nhan"), "vi"), font="Tinos")
    (page,) = pypdf.PdfReader(io.BytesIO(made)).pages
    names = [one.get_object()["/BaseFont"] for one in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert names
    assert all("Tinos" in name for name in names)


@pytest.mark.parametrize("package", ["typst", "segno"])
def test_without_the_extra_it_says_what_to_install(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pip install 'flowiso[pdf]'`, not a traceback."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BadValue, match=r"flowiso\[pdf\]"):
        as_pdf(as_paper(printed(at_examiner(), "giay-tiep-nhan"), "vi"))


def test_the_date_at_the_head() -> None:
    """Decree 30/2020: a nought before days below 10 and months 1 and 2, none before the others."""
    org = agency().org
    assert dated(org, date(2021, 2, 5), "vi") == "Đồng Nai, ngày 05 tháng 02 năm 2021"
    assert dated(org, date(2021, 9, 14), "vi") == "Đồng Nai, ngày 14 tháng 9 năm 2021"
    assert dated(org._replace(town=""), date(2021, 9, 14), "vi") == "Ngày 14 tháng 9 năm 2021"


# --- the commands


@pytest.fixture
def desk(call: Call, one_flow: Path, tmp_path: Path) -> Callable[..., str]:
    """Commands on one store with one dossier that was received, at 09:00 sent on."""
    where = ("--store", f"sqlite:///{tmp_path / 'mot-cua.db'}", "--flows", one_flow)

    def run(*words: object, code: int = 0) -> str:
        left, out, err = call(*words, *where)
        assert left == code, err
        return out or err

    people = [word for field, value in PEOPLE.items() for word in ("--person", f"{field}={value}")]
    run("receive", "LTHH-13", "--by", "lan.vp", "--at", "2021-09-14 08:00", "--new-store", "--allow-draft", *people)
    run("move", FIRST, "chuyen", "--by", "lan.vp", "--to", "ha.qltm", "--at", "2021-09-14 09:00")
    return run


FIRST = "000.00.19.H19-210914-0001"
PRINTS: Mapping[str, tuple[str, ...]] = {
    "paper": ("paper", FIRST),
    "sheet": ("sheet", FIRST, "--at", "2021-09-15 08:00"),
    "register": ("register", "--from", "2021-09-01", "--to", "2021-09-30", "--at", "2021-10-04 08:00"),
}


@pytest.mark.parametrize("name", PRINTS)
def test_two_prints_are_the_same_bytes(name: str, desk: Callable[..., str], tmp_path: Path) -> None:
    """The ending of -o chooses the form; it is the same file, and the same as --format says."""
    files = [tmp_path / "mot.pdf", tmp_path / "hai.pdf"]
    for file in files:
        assert str(file) in desk(*PRINTS[name], "-o", file)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes().startswith(b"%PDF-")
    assert "Ng*** V** Ẵm" in text_of(files[0].read_bytes()) or name != "paper"
    words = json.loads(desk(*PRINTS[name], "--format", "json"))
    assert FIRST in json.dumps(words)
    assert FIRST in desk(*PRINTS[name])


def test_personal_data_in_full_only_when_asked_for(desk: Callable[..., str]) -> None:
    """R151: masked unless `--unmasked`."""
    for name in ("paper", "register"):
        form = ("--format", "json")
        assert PEOPLE["owner"] not in desk(*PRINTS[name], *form)
        assert PEOPLE["owner"] in desk(*PRINTS[name], *form, "--unmasked")


def test_the_register_as_csv(desk: Callable[..., str], tmp_path: Path) -> None:
    """By the ending of the file."""
    desk(*PRINTS["register"], "-o", tmp_path / "so.csv")
    assert (tmp_path / "so.csv").read_text(encoding="utf-8").startswith("\ufeffSTT,Mã hồ sơ,")


def test_what_cant_be_printed_is_refused_in_words(desk: Callable[..., str], tmp_path: Path) -> None:
    """A line that issued nothing, a moment before the first line, days the wrong way round, a font that isn't there."""
    assert "có ở dòng 0" in desk("paper", FIRST, "--line", 1, code=2)
    assert "chưa có hồ sơ" in desk("sheet", FIRST, "--at", "2021-09-13 08:00", code=2)
    assert "ngược thứ tự" in desk("register", "--from", "2021-10-01", "--to", "2021-09-30", code=2)
    target = tmp_path / "giay.pdf"
    assert "phông chữ" in desk("paper", FIRST, "--font", "Không Có", "-o", target, code=2)
    assert not target.exists()


def test_words_are_those_of_the_line() -> None:
    """R11: what the officer wrote is what form 02 says, and the note of another line is not."""
    assert TOLD.note is not None
    assert TOLD.note in as_text(printed(supplemented(), "phieu-bo-sung"), "vi")
    assert TOLD.note not in as_text(printed(supplemented(), "giay-tiep-nhan"), "vi")
