"""What is answered when something can't be done: RFC 9457 problems, with a code that never changes, in both languages.

`STATUS` is the one table from codes, the engine's and the door's own, to HTTP statuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..errors import FlowISOError, Incomplete, Misrouted, NotAllowed
from ..text import Text

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:flowiso:problem:"
"""Before the code, the `type` of a problem."""

STATUS: Mapping[str, tuple[int, Text]] = {
    "bad-value": (400, Text("Giá trị không hiểu được", "A value can't be understood")),
    "bad-json": (400, Text("Nội dung không phải JSON đúng", "The body is no proper JSON")),
    "bad-request": (400, Text("Yêu cầu sai", "Bad request")),
    "unauthenticated": (401, Text("Thiếu khóa hoặc khóa không có hiệu lực", "No key, or none that is valid")),
    "forbidden": (403, Text("Khóa không có quyền này", "The key has no such right")),
    "unknown-dossier": (404, Text("Không có hồ sơ này", "No such dossier")),
    "unknown-flow": (404, Text("Không có lưu đồ này", "No such flow")),
    "not-found": (404, Text("Không có địa chỉ này", "No such address")),
    "method-not-allowed": (405, Text("Địa chỉ này không nhận phương thức ấy", "Not a method of this address")),
    "too-slow": (408, Text("Nội dung đến quá chậm", "The body came too slowly")),
    "conflict": (409, Text("Hồ sơ đã được người khác chuyển trước", "Someone else moved it first")),
    "repeated": (409, Text("Khóa chống lặp đang được dùng", "The idempotency key is in use")),
    "stale": (412, Text("Hồ sơ đã thay đổi từ khi đọc", "The dossier has changed since it was read")),
    "too-large": (413, Text("Nội dung quá lớn", "The body is too large")),
    "unsupported-media-type": (415, Text("Nội dung phải là JSON", "The body must be JSON")),
    "not-allowed": (422, Text("Không làm được việc này lúc này", "This move may not be made here")),
    "incomplete": (422, Text("Còn thiếu điều phải ghi", "Words are missing")),
    "misrouted": (422, Text("Tài khoản này không giữ được bước ấy", "That account may not hold the step")),
    "draft-flow": (422, Text("Lưu đồ còn dữ kiện giả định", "The flow rests on assumed facts")),
    "key-reused": (422, Text("Khóa chống lặp đã dùng cho việc khác", "The key was used for something else")),
    "invalid": (422, Text("Yêu cầu không đúng mẫu", "The request doesn't fit its schema")),
    "rate-limited": (429, Text("Gửi quá nhanh", "Too many requests")),
    "internal": (500, Text("Lỗi của máy chủ", "A fault of the server")),
    "flowiso": (500, Text("Không làm được", "It could not be done")),
    "calendar-unknown": (503, Text("Chưa có lịch làm việc của năm này", "The calendar of that year isn't known")),
    "flow-file": (503, Text("Tệp lưu đồ có lỗi", "The flow files have faults")),
    "store": (503, Text("Kho hồ sơ không dùng được", "The store can't be used")),
    "overloaded": (503, Text("Máy chủ đang bận", "The server is busy")),
}

_OF_STATUS = {400: "bad-request", 401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "method-not-allowed"}
_RETRY = {"overloaded": "1", "store": "5"}
"""After how many seconds to try again."""


class Problem(HTTPException):
    """Something that can't be done; `more` are members of its own, beside those of RFC 9457."""

    def __init__(self, code: str, text: Text, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        status, _ = STATUS[code]
        retry = {"Retry-After": _RETRY[code]} if code in _RETRY else {}
        super().__init__(status, text.en, {**retry, **(headers or {})})
        self.code, self.text, self.more = code, text, more


def problem_of(error: FlowISOError, lang: str) -> Problem:
    """An error of the engine as a problem, with all it carries; what names files or addresses is for the server's log alone."""
    code = error.code if error.code in STATUS else "flowiso"
    return Problem(code, _INSIDE.get(code, error.text), **_carried(error, lang))


_LATER = Text("hãy gửi lại với cùng khóa chống lặp", "send it again with the same idempotency key")
_INSIDE: Mapping[str, Text] = {
    "store": Text(f"kho hồ sơ hoặc tệp khóa không dùng được; {_LATER.vi}", f"store or keys can't be used; {_LATER.en}"),
    "flow-file": Text(
        "tệp lưu đồ của cơ quan có lỗi; hãy báo người quản trị",
        "the agency's flow files have faults; tell who administers it",
    ),
    "flowiso": Text(
        "máy chủ không làm được; hãy báo người quản trị", "the server can't do it; tell who administers it"
    ),
}


def _carried(error: FlowISOError, lang: str) -> dict[str, Any]:
    if isinstance(error, Misrouted):
        finding = error.finding
        return {
            "finding": {"code": finding.code, "name": finding.name, "message": finding.message.to(lang)},
            "fitting": [{"id": account.id, "name": account.name} for account in error.fitting],
        }
    if isinstance(error, Incomplete):
        return {"missing": list(error.missing)}
    return {"actions": list(error.actions)} if isinstance(error, NotAllowed) else {}


def members(problem: Problem, lang: str) -> dict[str, Any]:
    """The problem as JSON values."""
    status, title = STATUS[problem.code]
    return {
        "type": TYPE + problem.code,
        "title": title.to(lang),
        "status": status,
        "detail": problem.text.to(lang),
        "code": problem.code,
        **problem.more,
    }


def answer(problem: Problem, lang: str) -> Response:
    """The problem as an answer in one language."""
    body = json.dumps(members(problem, lang), ensure_ascii=False).encode("utf-8", "backslashreplace")
    headers = {"Content-Language": lang, "Vary": "Accept-Language", **(problem.headers or {})}
    return Response(body, problem.status_code, headers, MEDIA_TYPE)


def of_http(error: HTTPException) -> Problem:
    """What the framework refuses, by the status it meant."""
    if isinstance(error, Problem):
        return error
    code = _OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    _, title = STATUS[code]
    return Problem(code, title, error.headers)


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """A request that doesn't fit its schema: where, and what is wrong; never the value, which may be personal."""
    found = [{"at": _place(error["loc"]), "message": _said(error)} for error in errors[:_MOST]]
    where = ", ".join(str(one["at"]) for one in found)
    return Problem(
        "invalid",
        Text(f"không đúng mẫu ở: {where}; xem /openapi.json", f"doesn't fit its schema at: {where}; see /openapi.json"),
        errors=found,
    )


_MOST = 20


def _place(loc: Iterable[Any]) -> str:
    return ".".join(str(part)[:_LONGEST] for part in loc)[:_LONGEST]


_LONGEST = 200


def _said(error: Mapping[str, Any]) -> str:
    return str(error["type"])


def chosen(accept: str | None) -> str:
    """The language of an answer by an `Accept-Language`: Vietnamese unless English is liked better."""
    liked = {"vi": 0.0, "en": 0.0}
    for part in (accept or "").split(",")[:_MOST]:
        name, _, quality = part.strip().partition(";")
        lang = name.strip().lower().split("-")[0]
        if lang in liked:
            liked[lang] = max(liked[lang], _quality(quality))
    return "en" if liked["en"] > liked["vi"] else "vi"


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        found = float(value)
    except ValueError:
        return 0.0
    return found if 0.0 <= found <= 1.0 else 0.0
