"""The codes that are no rule about flows: of dossiers, tables, scenarios, declared years and published reports.

What a finding says of its own place names the remedy; here stands what a code means, and the page of `docs` about such files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..text import Text
from .dossiercodes import DOSSIERS
from .findings import LEVELS
from .notes import Family, Note, error, info, warning
from .tablecodes import TABLES

FAMILIES: Mapping[str, Family] = {
    **DOSSIERS,
    "REP": Family(
        Text("Báo cáo đã công bố ('flowiso report --against')", "Published reports ('flowiso report --against')"),
        "docs/against.md",
        (
            error(
                "REP101", "sum-wrong",
                "Các phần cộng lại không bằng tổng: kết quả, mức độ, cột của biểu, 3 = 7 + 11 (R90).",
                "Parts don't add up to their whole: outcomes, levels, columns of the form, 3 = 7 + 11 (R90).",
            ),
            error(
                "REP102", "two-values",
                "Cùng một con số được ghi hai lần khác nhau.",
                "The same figure is given twice with different numbers.",
            ),
            error(
                "REP103", "part-above-whole",
                "Tử số lớn hơn mẫu số, hoặc tỷ lệ hơn 100 %.",
                "A numerator is above its denominator, or a percentage above 100 %.",
            ),
            error(
                "REP104", "quotient-wrong",
                "Tỷ lệ phần trăm không phải là thương của hai số của nó.",
                "A percentage isn't its quotient.",
            ),
            warning(
                "REP105", "cut-off",
                "Tỷ lệ bị cắt bớt chứ không làm tròn (R111).",
                "A percentage is cut off and not rounded (R111).",
            ),
            warning(
                "REP106", "odd-decimals",
                "Tỷ lệ có số chữ số thập phân khác phần lớn các tỷ lệ khác.",
                "A rounded percentage has other decimals than most.",
            ),
            error(
                "REP107", "not-quite-all",
                "Ghi 100 % hoặc 0 % mà không phải tất cả, cũng không phải không có gì (R111).",
                "100 % or 0 % is written of what isn't all or nothing (R111).",
            ),
            info(
                "REP108", "rounded-half-up",
                "Lưu ý: tỷ lệ này cho thấy báo cáo làm tròn chứ không cắt bớt.",
                "Note: this percentage shows how the report rounds.",
            ),
            warning(
                "REP201", "percentage-of-nothing",
                "Báo cáo ghi tỷ lệ mà không có tử số và mẫu số.",
                "A percentage whose numerator and denominator the report doesn't have.",
            ),
            warning(
                "REP202", "denominator-unsaid",
                "Không nói tỷ lệ tính trên số nào (R93).",
                "A ratio doesn't say of what it is (R93).",
            ),
            info(
                "REP203", "other-denominator",
                "Lưu ý: tỷ lệ trên các thủ tục có hồ sơ đứng cạnh tỷ lệ trên mọi thủ tục.",
                "Note: a ratio of procedures with dossiers stands beside ratios of all procedures.",
            ),
            warning(
                "REP204", "mixed-separators",
                "Dấu chấm và dấu phẩy đều dùng cho phần thập phân, hoặc một dấu dùng cho cả hàng nghìn và thập phân.",
                "Dot and comma both stand for decimals, or one mark for thousands and for decimals.",
            ),
            warning(
                "REP301", "nothing-open",
                "Tiếp nhận bao nhiêu giải quyết bấy nhiêu, không nói hồ sơ đang giải quyết và kỳ trước chuyển sang (R90).",
                "All that was received is resolved, and nothing is said of what is open or was carried over (R90).",
            ),
            warning(
                "REP302", "asked-not-given",
                "Đề mục hỏi hồ sơ trước hạn, đúng hạn hoặc quá hạn mà không có con số ấy.",
                "A heading asks for dossiers early, on time or late, and there is no such figure.",
            ),
            warning(
                "REP303", "cause-without-count",
                "Nêu nguyên nhân trễ hạn mà không nói bao nhiêu hồ sơ (R95).",
                "A cause of lateness comes without how many dossiers (R95).",
            ),
            warning(
                "REP401", "paper-used-twice",
                "Một số văn bản dùng cho hai loại hoặc hai ngày.",
                "One number of a document stands for two kinds or two days.",
            ),
            warning(
                "REP402", "paper-of-other-kind",
                "Văn bản được gọi khác với chữ viết tắt trong số hiệu của nó.",
                "A document is called otherwise than the abbreviation in its number says.",
            ),
            warning(
                "REP403", "paper-on-sunday",
                "Văn bản ghi ngày Chủ nhật.",
                "A document is dated on a Sunday.",
            ),
        ),
    ),
    "RPT": Family(
        Text("Tệp khai số liệu năm ('_reports/<năm>.yaml')", "Declared years ('_reports/<year>.yaml')"),
        "docs/measures.md",
        (
            error(
                "RPT001", "no-provenance",
                "Một mục mà 'facts' không nói lấy ở đâu.",
                "A section of which 'facts' doesn't say where it comes from.",
            ),
            error(
                "RPT002", "nothing-declared",
                "'facts' nói về điều mà tệp không khai.",
                "'facts' speaks of what the file doesn't declare.",
            ),
            error(
                "RPT003", "other-year",
                "Năm trong tệp không phải năm ở tên tệp.",
                "The year isn't that of the file's name.",
            ),
            error(
                "RPT101", "unknown-division",
                "Cơ quan không có phòng này.",
                "The agency has no such division.",
            ),
            error(
                "RPT102", "part-over-whole",
                "Một phần lớn hơn tổng số của nó.",
                "A part is more than its whole.",
            ),
            error(
                "RPT103", "not-in-the-year",
                "Cuộc họp xem xét của lãnh đạo không trong năm ấy.",
                "The management review was held in another year.",
            ),
        ),
    ),
    "SCN": Family(
        Text("Kịch bản mô phỏng ('_scenarios')", "Scenarios ('_scenarios')"),
        "docs/scenario.md",
        (
            error(
                "SCN001", "unknown-base",
                "Không có kịch bản mang tên ghi ở 'base'.",
                "There is no scenario of the name in 'base'.",
            ),
            error(
                "SCN002", "circular-base",
                "Các kịch bản dựa vào nhau thành vòng.",
                "Scenarios build on one another in a circle.",
            ),
            error(
                "SCN003", "unknown-number",
                "Một mục của 'facts' nói về số mà kịch bản không ghi.",
                "A fact is about a number that the scenario doesn't say.",
            ),
            error(
                "SCN101", "unknown-procedure",
                "Cơ quan không có thủ tục này.",
                "The agency has no such procedure.",
            ),
            error(
                "SCN102", "unknown-step",
                "Thủ tục không có bước này.",
                "The procedure has no such step.",
            ),
            error(
                "SCN103", "unknown-role",
                "Cơ quan không có vai trò này, hoặc không phải vai trò của người trong cơ quan.",
                "The agency has no such role, or it isn't one of its own people.",
            ),
            error(
                "SCN104", "unknown-account",
                "Cơ quan không có tài khoản này, 'more' của kịch bản cũng không thêm.",
                "The agency has no such account, nor does the scenario's 'more' add it.",
            ),
            error(
                "SCN105", "unknown-division",
                "Cơ quan không có phòng này, vai trò ngồi ở phòng khác, hay thiếu phòng cho vai trò ngồi ở phòng có thủ tục.",
                "The agency has no such division, the role sits in another, or it is missing for one in the procedure's own.",
            ),
            error(
                "SCN106", "unknown-arrow",
                "Không có loại mũi tên này.",
                "There is no such kind of arrow.",
            ),
            error(
                "SCN201", "not-a-share",
                "Tỷ lệ nhỏ hơn 0 hoặc lớn hơn 1.",
                "A share is negative or more than 1.",
            ),
            error(
                "SCN202", "shares-over-one",
                "Các tỷ lệ của thủ tục, hoặc của mũi tên ở một bước, cộng lại hơn 1.",
                "Shares of procedures, or of the arrows at one step, come to more than 1.",
            ),
            error(
                "SCN203", "no-weight",
                "Các trọng số không để lại lúc nào cho hồ sơ đến.",
                "Weights leave no time in which a dossier could come.",
            ),
            error(
                "SCN204", "no-effort",
                "Có người làm việc mà không mất thời gian nào.",
                "Somebody would work in no time.",
            ),
            error(
                "SCN205", "active-mismatch",
                "Số thủ tục có hồ sơ nhiều hơn số đang có hiệu lực, hoặc ít hơn số có tỷ lệ.",
                "More procedures have dossiers than are in force, or fewer than have shares.",
            ),
            error(
                "SCN206", "dwell-too-long",
                "'dwell' không nhỏ hơn 'dwell_most'.",
                "'dwell' isn't less than 'dwell_most'.",
            ),
            error(
                "SCN207", "deadline-twice",
                "'deadlines' đặt thời hạn cho thủ tục đã có thời hạn.",
                "'deadlines' gives a term to a procedure that has one.",
            ),
            error(
                "SCN301", "year-unknown",
                "Lịch nghỉ chưa có năm này.",
                "The calendar doesn't know the year.",
            ),
            error(
                "SCN302", "nothing-in-force",
                "Đầu năm không thủ tục nào có hiệu lực, hoặc thủ tục có tỷ lệ, có thời hạn đặt thêm thì không có hiệu lực.",
                "No procedure is in force when the year begins, or one with a share or a term isn't.",
            ),
            error(
                "SCN303", "no-officer",
                "Không còn ai cho một vai trò mà thủ tục cần.",
                "Nobody is left for a role that a procedure needs.",
            ),
            error(
                "SCN304", "next-year-unknown",
                "Lịch nghỉ chưa có năm sau, mà hồ sơ đến cuối năm thì hẹn trả trong năm ấy.",
                "The calendar doesn't know the year after, in which is due what comes at the end of the year.",
            ),
            error(
                "SCN401", "published-mismatch",
                "Các số đã công bố ở 'exact' không thể cùng đúng với nhau hoặc với số thủ tục có hiệu lực.",
                "The published numbers in 'exact' can't all be true, of each other or of the procedures in force.",
            ),
        ),
    ),
    **TABLES,
}  # fmt: skip
"""The codes by what they begin with."""


def meant_by(word: str) -> tuple[Note, ...]:
    """The codes meant by a code or its beginning, of at least three letters; none for any other word."""
    sought = word.strip().upper()
    found = (note for family in FAMILIES.values() for note in family.notes)
    return tuple(note for note in found if len(sought) >= 3 and note.code.startswith(sought))


def notes_text(notes: Iterable[Note], lang: str = "vi") -> str:
    """One code as a page, several as lines under the title of their family."""
    told = tuple(notes)
    if len(told) == 1:
        (note,) = told
        page = Text(f"Xem {_family(note).page}.", f"See {_family(note).page}.")
        about, level = _family(note).title.to(lang), LEVELS[note.level].to(lang)
        return f"{note.code} {note.name} · {level}\n\n{note.summary.to(lang)}\n\n{about}. {page.to(lang)}"
    return "\n".join(_lines(told, lang))


def _lines(notes: Iterable[Note], lang: str) -> Iterator[str]:
    before = ""
    for note in notes:
        if _prefix(note) != before:
            before = _prefix(note)
            yield f"{before}  {_family(note).title.to(lang)}"
        yield f"  {note.code}  {note.name:<34} {LEVELS[note.level].to(lang):<9} {note.summary.to(lang)}"


def notes_markdown(notes: Iterable[Note]) -> str:
    """The codes as a table."""
    rows = (f"| {note.code} | {note.name} | {note.level} | {note.summary.en} {note.summary.vi} |" for note in notes)
    return "\n".join(["| code | name | level | what is wrong |", "|---|---|---|---|", *rows]) + "\n"


def notes_rows(notes: Iterable[Note], lang: str = "vi") -> list[dict[str, Any]]:
    """The codes as JSON values, with the keys of a rule (docs/json.md)."""
    return [
        {
            "code": note.code,
            "name": note.name,
            "level": note.level,
            "family": _family(note).title.to(lang),
            "summary": note.summary.to(lang),
            "can_be_ignored": False,
            "page": f"{note.summary.to(lang)}\n\n{_family(note).page}",
        }
        for note in notes
    ]


def _prefix(note: Note) -> str:
    return next(prefix for prefix in FAMILIES if note.code.startswith(prefix))


def _family(note: Note) -> Family:
    return FAMILIES[_prefix(note)]
