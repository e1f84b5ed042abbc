"""The grammar of the flow file as JSON Schema 2020-12: editors complete keys, explain them and mark slips while one types.

Keys, enumerations and patterns come from the reader's own tables, so the two can't drift apart; a key without a word in
`ABOUT` is a KeyError, which a test meets first. An editor sees the values of YAML 1.2: `1` is a number, `yes` a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..flowfile import ARROW, END, FACT, HEAD, INTERNAL, MAX_ARROWS, MAX_ROWS, OF_PROCEDURES, PERIOD, ROW
from ..rules import FIRM, PAGES
from ..schema import ID, Key, shape_of, whole_term
from ..schema import text as words
from ..text import Text

_TITLE = Text("Tên: chỉ ghi khi khác từ dùng chung trong _steps.yaml", "Title: only where it differs from _steps.yaml")
_TITLE_EN = Text("Tên tiếng Anh", "English title")
_FORMS = Text(
    "Biểu mẫu: mã trong bảng biểu mẫu (phieu-kiem-soat) hoặc tên bằng chữ; chỉ ghi khi khác _steps.yaml",
    "Forms: ids of the form table (phieu-kiem-soat) or names in words; only where they differ from _steps.yaml",
)

ABOUT: Mapping[str, Mapping[str, Text]] = {
    "head": {
        "code": Text("Mã thủ tục: ví dụ DIEN-03; chữ in hoa, số và '-'", "Code: such as DIEN-03; A-Z, digits and '-'"),
        "kind": Text(
            "Loại: procedure là thủ tục hành chính (khi không ghi); internal là quy trình nội bộ, không tính vào số thủ tục",
            "Kind: procedure (when nothing is written); internal is a process of the quality system, no procedure",
        ),
        "version": Text("Lần ban hành: số 1, 2, ...", "Version: 1, 2, ..."),
        "status": Text(
            "Tình trạng: draft là bản thảo; published là đã ban hành, muốn sửa phải ban hành lần mới",
            "Status: draft; published is frozen, a change is a new version",
        ),
        "title": Text("Tên thủ tục: đúng nguyên văn", "Title: the procedure's exact name"),
        "national_code": Text("Mã quốc gia: như đã đọc, ví dụ 2.001624", "National code: as read, such as 2.001624"),
        "field": Text("Lĩnh vực: mã trong _org.yaml", "Field: an id from _org.yaml"),
        "division": Text("Phòng thụ lý: mã trong _org.yaml", "Division: an id from _org.yaml"),
        "decided_by": Text("Cơ quan quyết định: mã trong _org.yaml", "Decided by: id of an authority from _org.yaml"),
        "online_level": Text("Mức độ trực tuyến: 1 đến 4", "Online level: 1 to 4"),
        "interconnected": Text(
            "Liên thông: yes khi hơn một cơ quan có thẩm quyền cùng giải quyết",
            "Interconnected: yes when more than one competent agency decides parts of it",
        ),
        "archetype": Text("Dạng lưu đồ: mẫu đã dùng để vẽ", "Archetype: the shape it was drawn after"),
        "confidence": Text(
            "Độ tin cậy: của tên và thời hạn; high cao, medium vừa, low thấp",
            "Confidence: how well name and term are known",
        ),
        "deadline": Text(
            "Thời hạn giải quyết: 15wd ngày làm việc, 30d ngày, 4wh giờ làm việc, 48h giờ, immediate giải quyết ngay; none khi"
            " luật không đặt thời hạn, kèm no_deadline_reason",
            "Deadline: 15wd working days, 30d calendar days, 4wh working hours, 48h hours, immediate at once; none with"
            " no_deadline_reason where the law sets no term",
        ),
        "no_deadline_reason": Text(
            "Lý do không có thời hạn: ghi cùng deadline: none", "Why there is no deadline: beside deadline: none"
        ),
        "clock_policy": Text(
            "Bổ sung hồ sơ và thời hạn: restart tính lại từ đầu; pause tạm dừng rồi tính tiếp; none không đổi",
            "Supplements and the due date: restart the term begins afresh; pause the clock stands meanwhile; none no change",
        ),
        "clock_basis": Text(
            "Căn cứ của clock_policy: luật chuyên ngành khi không phải restart",
            "Basis of clock_policy: the specialised law where it isn't restart",
        ),
        "supplement_window": Text(
            "Hạn yêu cầu bổ sung: thời hạn như 3wd", "Supplement window: the term in which a supplement must be asked"
        ),
        "effective": Text(
            "Hiệu lực: {from: 2020-10-21} hoặc {from: ..., to: ...}", "In force: {from: 2020-10-21}, or with to"
        ),
        "rule_set": Text(
            "Khung pháp luật: mã trong _laws.yaml, ví dụ VN-2018",
            "Rule set: a slice of the law from _laws.yaml, such as VN-2018",
        ),
        "issued_by": Text("Quyết định ban hành lần này", "The decision that issued this version"),
        "result": Text("Kết quả: giấy tờ người nộp nhận được", "Result: the paper the applicant gets"),
        "fee": Text("Phí, lệ phí: số đồng, ví dụ 1200000", "Fee: in đồng, such as 1200000"),
        "fee_cases": Text(
            "Mức phí khác: {trường hợp: số đồng}, ví dụ {hộ kinh doanh: 400000}",
            "Other fees: {case: đồng}, such as {hộ kinh doanh: 400000}",
        ),
        "legal_basis": Text("Căn cứ pháp lý: danh sách văn bản", "Legal basis: list of laws"),
        "submitted": Text("Thành phần hồ sơ: danh sách giấy tờ phải nộp", "Submitted: list of papers handed in"),
        "one_stop_full": Text(
            "Giải quyết trọn tại Bộ phận Một cửa: căn cứ cho phép một người vừa thẩm định vừa quyết định",
            "Decided at the one-stop unit: the basis on which one person may examine and decide",
        ),
        "confidential": Text(
            "Có bí mật nhà nước: yes thì không được đưa lên phần mềm",
            "State secret: yes means it may not be put on the software",
        ),
        "ignore": Text(
            'Quy tắc được bỏ qua: {FLW404: "lý do"}; bắt buộc có lý do',
            'Silenced rules: {FLW404: "reason"}; the reason is required',
        ),
        "steps": Text(
            "Đường chính: các bước theo thứ tự; mỗi bước tự chuyển sang bước kế tiếp, bước cuối ghi mũi tên ra kết cục",
            "Main path: the steps in order; each leads to the next, the last one writes its arrow to an end",
        ),
        "aside": Text(
            "Bước ngoài đường chính: ghi đủ mọi mũi tên đi ra", "Steps off the main path: they write all their arrows"
        ),
        "anywhere": Text("Mũi tên từ mọi bước: ví dụ rút hồ sơ", "Arrows from every step: such as withdrawing"),
        "at-due": Text(
            "Khi đến hạn: một mũi tên phần mềm tự đi (im lặng là đồng ý)",
            "At the due moment: one arrow the software takes (silence as consent)",
        ),
        "ends": Text("Kết cục: mã: loại", "Ends: id: kind"),
        "facts": Text(
            "Nguồn của từng dữ kiện: đã đọc (read) hay giả định (assumed)",
            "Where each fact comes from: read or assumed",
        ),
    },
    "effective": {
        "from": Text("Từ ngày: ví dụ 2020-10-21", "From: such as 2020-10-21"),
        "to": Text("Đến ngày: ngày đầu tiên không còn hiệu lực", "To: the first day it no longer holds"),
    },
    "row": {
        "by": Text("Ai giữ hồ sơ: một vai trò trong _org.yaml", "Held by: a role from _org.yaml"),
        "within": Text(
            "Thời gian của bước: ví dụ 4wh, 2wd; không ghi khi clock: none, có until, hoặc deadline: none",
            "Time allowed: such as 4wh, 2wd; not written beside clock: none, until, or deadline: none",
        ),
        "clock": Text(
            "Đồng hồ: run chạy (khi không ghi); stopped thời gian không tính cho cơ quan; none không tính thời gian",
            "Clock: run (when nothing is written); stopped the time isn't the agency's; none no time is counted",
        ),
        "until": Text(
            "Mốc trong kế hoạch năm: bước đến hạn vào cuối ngày đó",
            "Milestone of the yearly plan: the step is due at the end of that day",
        ),
        "ready": Text(
            "Có kết quả: yes khi vào bước này là đã có kết quả tại Một cửa", "Ready: yes when the result is there"
        ),
        "charged-to": Text(
            "Trễ ở đây tính cho: partner là cơ quan khác", "Charged to: partner, lateness here is another agency's"
        ),
        "title": _TITLE,
        "title_en": _TITLE_EN,
        "forms": _FORMS,
        "then": Text("Mũi tên: {hành-động: bước hoặc kết cục}", "Arrows: {action: step or end}"),
        "at-limit": Text(
            "Khi hết within: một mũi tên phần mềm tự đi", "When within has run out: one arrow the software takes"
        ),
    },
    "arrow": {
        "to": Text("Đến: một bước hoặc kết cục của lưu đồ này", "To: a step or end of this flow"),
        "title": _TITLE,
        "title_en": _TITLE_EN,
        "kind": Text(
            "Loại mũi tên: forward đi tiếp; supplement yêu cầu bổ sung; send-back trả lại bước trước; refuse từ chối; fee chờ"
            " nộp phí; repair chờ khắc phục; consult lấy ý kiến; withdraw rút hồ sơ; timer phần mềm tự đi",
            "Kind of arrow: forward; supplement ask for more papers; send-back; refuse; fee wait for a payment; repair wait until"
            " put right; consult; withdraw; timer the software takes it",
        ),
        "by": Text("Ai thực hiện: khi không phải người đang giữ", "Taken by: the role, when it is not the row's"),
        "policy": Text(
            "Việc dừng bắt đầu từ mũi tên này làm gì với ngày hẹn trả, khi clock_policy và loại mũi tên không nói",
            "What the stop it begins does to the due date, where clock_policy and the kind don't say it",
        ),
        "times": Text(
            "Số lần: một hồ sơ được đi mũi tên này nhiều nhất bấy nhiêu lần", "Times: how often one dossier may take it"
        ),
        "deadline": Text(
            "Thời hạn mới: tính từ khi đồng hồ bắt đầu, ví dụ 30wd",
            "Deadline: the term it sets, from the clock's start",
        ),
        "refer-to": Text(
            "Hướng dẫn sang thủ tục: mã thủ tục người nộp phải làm thay, ví dụ KDK-10",
            "Refer to: code of the procedure the applicant is pointed to, such as KDK-10",
        ),
        "forms": _FORMS,
    },
    "end": {
        "kind": Text(
            "Loại kết cục: granted cấp; refused từ chối; refused-intake không tiếp nhận; withdrawn rút; stopped dừng; silence im"
            " lặng là đồng ý; recorded ghi nhận",
            "Kind of end: granted; refused; refused-intake not accepted; withdrawn; stopped; silence was the consent; recorded",
        ),
        "title": _TITLE,
        "title_en": _TITLE_EN,
    },
    "fact": {
        "of": Text(
            "Dữ kiện: khóa của phần đầu; steps, times, arrows, forms; hoặc step.<bước>, time.<bước>, arrow.<bước>.<hành-động>",
            "Facts: keys of the head; steps, times, arrows, forms; or step.<id>, time.<id>, arrow.<step>.<action>",
        ),
        "read": Text("Đã đọc ở: nguồn", "Read in: the source"),
        "assumed": Text("Giả định: vì sao", "Assumed: why"),
    },
}
"""Of every key a name and, after a colon, what to write: the title and the text that an editor shows."""

_ANY_FACT = {
    "anyOf": [
        {"enum": [*HEAD, "times", "arrows", "forms"]},
        {"type": "string", "pattern": rf"^(?:(?:step|time)\.{ID.pattern}|arrow\.{ID.pattern}\.{ID.pattern})$"},
    ]
}


def flow_schema(lang: str = "vi") -> dict[str, Any]:
    """The JSON Schema of a flow file, explained in `lang`."""
    table = _said({**_table("head", HEAD), **_BY_KIND}, lang)
    names = Text("Lưu đồ thủ tục hành chính", "Flowchart of an administrative procedure")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **table,
        "title": names.to(lang),
        "$defs": {
            "id": {"type": "string", "pattern": f"^(?:{ID.pattern})$"},
            "row": _said(_table("row", ROW), lang),
            "arrow": _said({"anyOf": [_ref("id"), _table("arrow", ARROW)]}, lang),
            "end": _said({"anyOf": [_shape("kind", END["kind"]), _table("end", END)]}, lang),
        },
    }


def _table(name: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    """A closed mapping; every key with its title and description."""
    properties = {}
    for key, rule in keys.items():
        titles, texts = zip(*map(_labelled, ABOUT[name][key]), strict=True)
        properties[key] = {"title": Text(*titles), "description": Text(*texts), **_shape(key, rule)}
    needed = [key for key, rule in keys.items() if rule.needed]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _labelled(about: str) -> tuple[str, str]:
    label, _, rest = about.partition(": ")
    return label, rest or label


def _shape(key: str, rule: Key) -> Mapping[str, Any]:
    """What a key takes: as its reader tells, but for what a reader can't."""
    shape = shape_of(rule.read)
    return _STRUCTURES[key] if shape is None else {**shape, **_REFINED.get(key, {})}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _named(item: Mapping[str, Any], most: int, least: int = 1, **more: Any) -> dict[str, Any]:
    """A mapping from ids to items."""
    bounds = {"minProperties": least, "maxProperties": most}
    return {"type": "object", "propertyNames": _ref("id"), "additionalProperties": item, **bounds, **more}


_REFINED: Mapping[str, Mapping[str, Any]] = {
    "code": {"type": ["string", "integer"]},
    "national_code": {"type": ["string", "number"], "minimum": 0, "exclusiveMaximum": 10},
    "refer-to": {"type": ["string", "integer"]},
    "of": {"items": _ANY_FACT},
}
"""Codes that YAML 1.2 takes for numbers, and the names of facts."""

_TERM = shape_of(whole_term) or {}

_COMMON = [name for name, key in INTERNAL.items() if key.needed]
_BY_KIND: Mapping[str, Any] = {
    "required": _COMMON,
    "if": {"properties": {"kind": {"const": "internal"}}, "required": ["kind"]},
    "then": {"properties": dict.fromkeys(sorted(OF_PROCEDURES), False)},
    "else": {"required": [name for name, key in HEAD.items() if key.needed and name not in _COMMON]},
}
"""What a procedure must have, and an internal process may not."""

_STRUCTURES: Mapping[str, Mapping[str, Any]] = {
    "deadline": {**_TERM, "pattern": _TERM["pattern"].replace("(?:", "(?:none|", 1)},
    "effective": _table("effective", PERIOD),
    "fee_cases": {"type": "object", "additionalProperties": shape_of(HEAD["fee"].read)},
    "ignore": {
        "type": ["object", "null"],
        "propertyNames": {"enum": [page.CODE for page in PAGES if page.CODE not in FIRM]},
        "additionalProperties": shape_of(words),
    },
    "steps": _named(_ref("row"), MAX_ROWS),
    "aside": _named(_ref("row"), MAX_ROWS, 0, type=["object", "null"]),
    "anywhere": _named(_ref("arrow"), MAX_ARROWS, 0, type=["object", "null"]),
    "then": _named(_ref("arrow"), MAX_ARROWS, 0, type=["object", "null"]),
    "at-due": _named(_ref("arrow"), 1),
    "at-limit": _named(_ref("arrow"), 1),
    "ends": _named(_ref("end"), MAX_ROWS),
    "facts": {
        "type": "array",
        "minItems": 1,
        "items": {**_table("fact", FACT), "oneOf": [{"required": ["read"]}, {"required": ["assumed"]}]},
    },
}
"""The values that the reader takes apart by itself."""


def _said(shape: Any, lang: str) -> Any:
    """A shape with every `Text` in one language."""
    if isinstance(shape, Text):
        return shape.to(lang)
    if isinstance(shape, Mapping):
        return {key: _said(value, lang) for key, value in shape.items()}
    return [_said(value, lang) for value in shape] if isinstance(shape, list) else shape
