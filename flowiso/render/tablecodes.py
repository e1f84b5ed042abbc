"""The codes of tables of decisions, as `flowiso import-table` reads them."""

from __future__ import annotations

from collections.abc import Mapping

from ..text import Text
from .notes import Family, error, info, warning

TABLES: Mapping[str, Family] = {
    "TAB": Family(
        Text("Bảng của quyết định ('flowiso import-table')", "Tables of decisions ('flowiso import-table')"),
        "docs/tables.md",
        (
            error(
                "TAB101", "no-table",
                "Không có hàng tên cột, hoặc bên dưới không có bước nào.",
                "There is no row with the titles of columns, or no step below it.",
            ),
            error(
                "TAB102", "missing-column",
                "Thiếu một cột cần có.",
                "A column that is needed is missing.",
            ),
            error(
                "TAB103", "doubled-column",
                "Hai cột cùng một nghĩa.",
                "Two columns have one meaning.",
            ),
            info(
                "TAB104", "unused-column",
                "Một cột không dùng đến.",
                "A column isn't used.",
            ),
            error(
                "TAB105", "other-procedure",
                "Bảng ghi là của thủ tục khác.",
                "The table says it is another procedure's.",
            ),
            error(
                "TAB106", "deadline-unread",
                "Thời hạn ghi trên bảng không rõ, hoặc không ghi mà lưu đồ thì có.",
                "The deadline above the table isn't clear, or there is none and the flow has one.",
            ),
            error(
                "TAB201", "step-number",
                "Dòng không có số thứ tự, trùng số hoặc bỏ số.",
                "A row has no number, a number comes twice, or one is left out.",
            ),
            error(
                "TAB202", "merged-cells",
                "Một ô gộp nhiều dòng không cho biết mỗi bước có gì.",
                "A cell over several rows doesn't say what each step has.",
            ),
            error(
                "TAB203", "no-work",
                "Một bước không nói phải làm gì.",
                "A step doesn't say what is done.",
            ),
            error(
                "TAB204", "sub-steps",
                "Một bước vừa có dòng riêng vừa có bước con.",
                "A step has a row of its own and sub-steps.",
            ),
            error(
                "TAB205", "after-total",
                "Có bước nằm dưới dòng tổng.",
                "A step stands below the total.",
            ),
            error(
                "TAB206", "bad-id",
                "Mã không phải là mã, hoặc trùng.",
                "An id is none, or is there twice.",
            ),
            error(
                "TAB207", "unsaved-formula",
                "Công thức chưa có kết quả trong tệp: hãy mở bằng Excel rồi lưu.",
                "A formula's result isn't in the file: open it in Excel and save it.",
            ),
            error(
                "TAB208", "control-letter",
                "Có ký tự điều khiển, như NUL, hoặc dấu đổi chiều đọc.",
                "There is a control character, such as NUL, or a mark that turns the direction of reading.",
            ),
            error(
                "TAB209", "too-long",
                "Ô dài hơn 4.000 chữ, hoặc bảng dài hơn 100.000 chữ.",
                "A cell has more than 4,000 letters, or the table more than 100,000.",
            ),
            error(
                "TAB301", "no-holder",
                "Một bước không có người giữ.",
                "A step has no holder.",
            ),
            error(
                "TAB302", "two-holders",
                "Hai người giữ trong một ô.",
                "Two holders stand in one cell.",
            ),
            error(
                "TAB303", "unknown-holder",
                "Người giữ không phải vai trò đã biết, có thể là nhiều vai trò, hoặc ở phòng khác.",
                "A holder is no known role, could be several, or sits in another division.",
            ),
            error(
                "TAB401", "no-time",
                "Một bước không có thời gian.",
                "A step has no time.",
            ),
            error(
                "TAB402", "time-unread",
                "Không đọc được thời gian.",
                "A time can't be read.",
            ),
            error(
                "TAB403", "time-range",
                "Thời gian là một khoảng: '2-3 ngày'.",
                "A time is a range: '2-3 ngày'.",
            ),
            error(
                "TAB404", "which-days",
                "Ghi 'ngày' mà không rõ ngày làm việc hay ngày lịch.",
                "It says 'ngày' and not whether working or calendar days.",
            ),
            error(
                "TAB411", "total-differs",
                "Các bước cộng lại không bằng dòng tổng.",
                "The steps don't add up to the total row.",
            ),
            error(
                "TAB412", "deadline-differs",
                "Các bước vượt thời hạn, hoặc còn thiếu mà không dòng tổng nào nói như thế.",
                "The steps exceed the deadline, or fall short of it and no total row says the same.",
            ),
            warning(
                "TAB413", "time-left-over",
                "Các bước đúng bằng tổng mà thời hạn còn dư (R63 cho phép).",
                "The steps make their total, and the deadline leaves time over (R63 allows it).",
            ),
            warning(
                "TAB414", "no-total",
                "Không có dòng tổng để đối chiếu, hoặc dòng tổng không có số.",
                "There is no total row to compare with, or one without a figure.",
            ),
            error(
                "TAB501", "arrow-unread",
                "Có lời lẽ ra là một mũi tên mà không rõ.",
                "Words should be an arrow and aren't clear.",
            ),
            error(
                "TAB502", "arrow-nowhere",
                "Mũi tên dẫn đến bước hoặc kết cục không có.",
                "An arrow leads to a step or end that isn't there.",
            ),
            error(
                "TAB503", "lost-branch",
                "Một nhánh của lưu đồ dẫn đến bước mà bảng không còn.",
                "A branch of the flow leads to a step that the table no longer has.",
            ),
            warning(
                "TAB504", "arrow-numbers",
                "Các dòng được đánh số lại mà mũi tên vẫn ghi số cũ.",
                "Rows were numbered anew, and every arrow still tells its step's old number.",
            ),
            error(
                "TAB601", "bad-end",
                "Kết cục không thuộc loại nào đã biết.",
                "An end is of no known kind.",
            ),
        ),
    ),
}  # fmt: skip
"""The one family, by what its codes begin with."""
