"""Everything FlowISO raises. The docstring of an error says what it means; its `text` says what happened, in both languages."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from .text import Text

if TYPE_CHECKING:
    from .model import Account, Finding


class FlowISOError(Exception):
    """It could not be done."""

    code: ClassVar[str] = "flowiso"

    def __init__(self, text: Text) -> None:
        super().__init__(text.vi)
        self.text = text

    def __str__(self) -> str:
        return self.text.vi

    def __reduce__(self) -> tuple[object, ...]:
        """So that an error crosses from one process to another with all it carries."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[FlowISOError], args: tuple[object, ...], carried: Mapping[str, object]) -> FlowISOError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(carried)
    return error


class BadValue(FlowISOError):
    """A value given by the caller can't be understood: a term, a moment, an unknown word."""

    code = "bad-value"


class CalendarUnknown(FlowISOError):
    """The calendar doesn't know this day: no holiday announcement covers its year (R80)."""

    code = "calendar-unknown"


class FlowFileError(FlowISOError):
    """Flow files have faults; `findings` lists them all."""

    code = "flow-file"

    def __init__(self, text: Text, findings: Sequence[Finding] = ()) -> None:
        super().__init__(text)
        self.findings = tuple(findings)


class UnknownFlow(FlowISOError):
    """No flow has this code, or no version of it is in force on this day."""

    code = "unknown-flow"


class UnknownDossier(FlowISOError):
    """The store holds no dossier with this number."""

    code = "unknown-dossier"


class DraftFlow(FlowISOError):
    """The flow still rests on assumed facts; receiving on it needs `allow_draft`."""

    code = "draft-flow"


class NotAllowed(FlowISOError):
    """This move may not be made here; `actions` names those that may."""

    code = "not-allowed"

    def __init__(self, text: Text, actions: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.actions = tuple(actions)


class Incomplete(NotAllowed):
    """This move needs more words: `missing` names the arguments to give, "note" or keys of the record."""

    code = "incomplete"

    def __init__(self, text: Text, missing: Sequence[str]) -> None:
        super().__init__(text)
        self.missing = tuple(missing)


class Misrouted(FlowISOError):
    """The named account may not hold the step (R121); `finding` says why, `fitting` lists the accounts that may."""

    code = "misrouted"

    def __init__(self, text: Text, finding: Finding, fitting: Sequence[Account]) -> None:
        super().__init__(text)
        self.finding = finding
        self.fitting = tuple(fitting)


class Conflict(FlowISOError):
    """Someone else moved the dossier first; read it again."""

    code = "conflict"


class Repeated(Conflict):
    """The idempotency key was used before: `Store.answered` tells what it led to."""

    code = "repeated"


class KeyReused(FlowISOError):
    """The idempotency key was used for another request; give each request a key of its own."""

    code = "key-reused"


class StoreError(FlowISOError):
    """The store can't be used; the driver's own error is the cause."""

    code = "store"


def cause_of(error: BaseException) -> str | None:
    """What kind of error caused this one, with the code that its driver or the system has for it ("SQLITE_FULL", "57P01",
    "ENOSPC"); never its words, in which a person may be named.
    """
    found = error.__cause__
    if found is None:
        return None
    system = errno.errorcode.get(getattr(found, "errno", None) or 0)
    code = getattr(found, "sqlite_errorname", None) or getattr(found, "sqlstate", None) or system
    return f"{type(found).__name__} {code}" if code else type(found).__name__


def reason(error: OSError) -> Text:
    """Why the operating system refused something, and the remedy where there is one."""
    known = _REASONS.get(error.errno or 0)
    said = error.strerror or str(error)
    return known or Text(f"hệ điều hành báo lỗi {error.errno or ''} ({said})", said)


_ASK = Text("hãy hỏi người quản trị máy", "ask who administers this machine")
_REASONS: Mapping[int, Text] = {
    errno.ENOENT: Text("không có tệp hay thư mục này", "there is no such file or folder"),
    errno.EACCES: Text(f"không có quyền; {_ASK.vi}", f"no permission; {_ASK.en}"),
    errno.EPERM: Text(f"không được phép; {_ASK.vi}", f"not permitted; {_ASK.en}"),
    errno.EEXIST: Text("đã có tệp hay thư mục tên này", "there is a file or folder of this name already"),
    errno.ENOTEMPTY: Text("thư mục không trống", "the folder isn't empty"),
    errno.ENOTDIR: Text("một phần của đường dẫn không phải là thư mục", "a part of the path is no folder"),
    errno.EISDIR: Text("đây là thư mục, không phải tệp", "it is a folder, not a file"),
    errno.ENOSPC: Text("ổ đĩa đã đầy; hãy xóa bớt tệp", "the disk is full; remove some files"),
    errno.EDQUOT: Text(
        "đã dùng hết phần đĩa được cấp; hãy xóa bớt tệp", "your share of the disk is used up; remove files"
    ),
    errno.EFBIG: Text("tệp quá lớn đối với ổ đĩa này", "the file is too large for this disk"),
    errno.EROFS: Text("ổ đĩa chỉ đọc; hãy chọn chỗ khác", "the disk is read-only; choose another place"),
    errno.ELOOP: Text("liên kết chạy vòng; hãy thay bằng tệp thật", "its links run in a circle; put a real file there"),
    errno.ENAMETOOLONG: Text("tên tệp quá dài; hãy đặt tên ngắn hơn", "its name is too long; make it shorter"),
    errno.EBUSY: Text(
        "tệp đang bận; hãy đóng chương trình đang mở nó", "it is in use; close the program that has it open"
    ),
    errno.EMFILE: Text("đang mở quá nhiều tệp", "too many files are open"),
    errno.EBADF: Text("đầu vào hoặc đầu ra đã đóng", "the input or output is closed"),
    errno.EIO: Text(
        "ổ đĩa báo lỗi; hãy chép lại tệp từ bản lưu", "the disk reports an error; take the file from a copy"
    ),
}
