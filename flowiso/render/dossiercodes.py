"""The codes of findings about dossiers: what `flowiso watch` and `misroutes` tell, and what `flowiso verify` finds."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import DOSSIER_CODES, Level
from ..text import Text
from .notes import Family, Note


def _note(code: str, level: Level, vi: str, en: str) -> Note:
    return Note(code, DOSSIER_CODES[code], level, Text(vi, en))


DOSSIERS: Mapping[str, Family] = {
    "DOS1": Family(
        Text("Theo dõi hồ sơ ('flowiso watch')", "Watching dossiers ('flowiso watch')"),
        "docs/watch.md",
        (
            _note(
                "DOS101", "error",
                "Hồ sơ quá hạn, hoặc giải quyết trễ (R72); rút hoặc dừng sau ngày hẹn trả (R57).",
                "A dossier is overdue, or was resolved late (R72); withdrawn or stopped after the due date (R57).",
            ),
            _note(
                "DOS102", "warning",
                "Một bước đang hoặc đã mất nhiều thời gian hơn cho phép.",
                "A step takes or took longer than allowed.",
            ),
            _note(
                "DOS103", "warning",
                "Hồ sơ sắp đến hạn.",
                "A dossier is due soon.",
            ),
            _note(
                "DOS104", "warning",
                "Hồ sơ trễ mà không ai xin lỗi và hẹn lại trước ngày hẹn trả (R49).",
                "A dossier is late, and nobody apologised and re-appointed it before (R49).",
            ),
            _note(
                "DOS105", "warning",
                "Yêu cầu bổ sung quá muộn (R43).",
                "A supplement was asked for too late (R43).",
            ),
            _note(
                "DOS106", "warning",
                "Yêu cầu bổ sung lần nữa (R14).",
                "A supplement was asked for again (R14).",
            ),
            _note(
                "DOS107", "warning",
                "Hồ sơ sẽ trễ, và đã đến ngày làm việc cuối cùng để xin lỗi (R49).",
                "A dossier will be late, and the last working day to apologise has come (R49).",
            ),
            _note(
                "DOS108", "info",
                "Kết quả chờ người nộp đến lấy quá 30 ngày; không tính là trễ (R56).",
                "A result waits for more than 30 days to be collected; that is never late (R56).",
            ),
            _note(
                "DOS109", "warning",
                "Cơ quan phối hợp im lặng quá hạn: im lặng không phải là đồng ý (R45).",
                "A partner is silent past its deadline: that is no consent (R45).",
            ),
        ),
    ),
    "DOS2": Family(
        Text("Hồ sơ trong tay ai ('flowiso watch', 'misroutes')", "Who has a dossier ('flowiso watch', 'misroutes')"),
        "docs/watch.md",
        (
            _note(
                "DOS200", "error",
                "Giao cho một tài khoản không có (R121).",
                "Handed to an account that doesn't exist (R121).",
            ),
            _note(
                "DOS201", "error",
                "Giao cho một tài khoản không có hiệu lực ngày ấy (R121).",
                "Handed to an account that isn't valid on that day (R121).",
            ),
            _note(
                "DOS202", "error",
                "Giao cho tài khoản không có vai trò mà bước cần (R121).",
                "Handed to an account that lacks the role of the step (R121).",
            ),
            _note(
                "DOS203", "error",
                "Giao cho tài khoản của phòng khác (R121).",
                "Handed to an account of another division (R121).",
            ),
            _note(
                "DOS204", "warning",
                "Tài khoản được giữ bước này, nhưng một tài khoản khác đang có mặt đã làm việc của vai trò ấy trong hồ sơ.",
                "The account may hold the step, but another one, who is there, did this role's work in this dossier.",
            ),
            _note(
                "DOS205", "warning",
                "Bàn giao quá lâu mà người nhận chưa xác nhận (R122).",
                "A hand-over isn't confirmed within the limit (R122).",
            ),
            _note(
                "DOS206", "error",
                "Giao cho chính người giao (R121).",
                "Handed to the sender himself (R121).",
            ),
            _note(
                "DOS207", "error",
                "Giao cho người đang nghỉ mà không ai thay (R121, R127).",
                "Handed to somebody on leave for whom nobody stands in (R121, R127).",
            ),
            _note(
                "DOS208", "warning",
                "Giao nhầm: bị trả lại, thu hồi, hoặc người giao lại nói là nhầm (R123).",
                "Handed over wrongly: bounced, recalled, or reassigned by who says so (R123).",
            ),
            _note(
                "DOS209", "error",
                "Người giữ không còn giữ được bước này: đã nghỉ hoặc chuyển (R128).",
                "The holder has no post any more in which he may hold the step (R128).",
            ),
            _note(
                "DOS210", "warning",
                "Người giữ đang nghỉ và không ai thay (R127, R128).",
                "The holder is on leave and nobody stands in (R127, R128).",
            ),
            _note(
                "DOS211", "info",
                "Lãnh đạo cho giao trái quy định, có ghi lý do (R121).",
                "A leader had it handed on against the rules, and gave his reason (R121).",
            ),
            _note(
                "DOS212", "error",
                "Người ấy đã làm một việc khác trong hồ sơ này: người thẩm định không ký, người ký không vào số (R140).",
                "That person did another duty on this dossier: who examined doesn't sign, who signed gives no number (R140).",
            ),
            _note(
                "DOS213", "warning",
                "Tài khoản có thao tác khi chủ của nó đang nghỉ hoặc không còn chức vụ (R127).",
                "An account acted while its owner was on leave or had no post (R127).",
            ),
            _note(
                "DOS214", "warning",
                "Lãnh đạo phòng lẽ ra đã được cảnh báo mà không ai làm gì cho đến khi trễ (R124).",
                "The head of the division was due to be warned, and nothing happened until it was late (R124).",
            ),
            _note(
                "DOS215", "warning",
                "Hồ sơ từ tài khoản này sang tài khoản kia rồi quay lại mà không ai làm gì (R122).",
                "It went from one account to another and back, and nobody worked on it (R122).",
            ),
            _note(
                "DOS216", "warning",
                "Bước do một tài khoản không được giữ bước ấy làm xong (R122).",
                "A step was finished by an account that may not hold it on that day (R122).",
            ),
            _note(
                "DOS217", "warning",
                "Tạm dừng chưa đến nửa ngày làm việc mà dời ngày hẹn trả (R59).",
                "A pause of less than half a working day moved the due date (R59).",
            ),
        ),
    ),
    "DOS3": Family(
        Text("Kiểm chứng nhật ký ('flowiso verify')", "Verifying the log ('flowiso verify')"),
        "docs/log.md",
        (
            _note(
                "DOS301", "error",
                "Ở đó không có mũi tên hay hành động ấy, hoặc lúc ấy chưa mở.",
                "There is no such arrow or verb there, or it wasn't open at that moment.",
            ),
            _note(
                "DOS302", "error",
                "Một dòng có thời điểm sớm hơn dòng trước nó.",
                "A line is of a moment before the line before.",
            ),
            _note(
                "DOS303", "error",
                "Người làm không được phép làm việc ấy.",
                "Who did it may not.",
            ),
            _note(
                "DOS304", "warning",
                "Dòng thiếu lời hoặc thiếu một mục phải ghi.",
                "Words or a key of the record are missing.",
            ),
            _note(
                "DOS305", "error",
                "Chuỗi băm đứt ở dòng này, hoặc một dòng có hai lần.",
                "The chain breaks at this line, or a line comes twice.",
            ),
            _note(
                "DOS306", "error",
                "Thiếu một dòng.",
                "A line is missing.",
            ),
            _note(
                "DOS307", "error",
                "Niêm phong thiếu hoặc bị sửa, hoặc nhật ký không còn như lúc niêm phong.",
                "A seal is missing or altered, or the log isn't as it was sealed.",
            ),
            _note(
                "DOS308", "error",
                "Hộp gửi không đúng những gì nhật ký phải gửi.",
                "The outbox isn't what the log owes.",
            ),
            _note(
                "DOS309", "warning",
                "Thời điểm ghi trong dòng lệch với lúc cơ sở dữ liệu nhận dòng ấy: ghi lùi ngày, hoặc đồng hồ sai.",
                "A line's moment isn't when the database took it: back-dated, or a clock is wrong.",
            ),
            _note(
                "DOS310", "error",
                "Máy đã ghi một dòng khác: bước, người giữ hoặc nội dung khác.",
                "The engine would have written another line: another step, holder or record.",
            ),
            _note(
                "DOS311", "error",
                "Không hiểu được hồ sơ: lưu đồ hoặc lần ban hành không còn, hoặc một giá trị không dòng nào có được.",
                "A dossier can't be understood: its flow or version is gone, or a value no line can hold.",
            ),
            _note(
                "DOS312", "error",
                "Trạng thái, hạn, kết luận hoặc sổ thời gian tính hai cách ra khác nhau.",
                "State, due date, verdict or time ledger come out differently in two ways.",
            ),
        ),
    ),
}  # fmt: skip
"""Their families by what the codes begin with."""
