"""Personal data of a dossier: which fields there are, and how they are masked on screen and paper (R151)."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import BadValue
from .text import Text, nfc

FIELDS: Mapping[str, Text] = {
    "owner": Text("Chủ hồ sơ", "Owner"),
    "submitter": Text("Người nộp", "Submitter"),
    "id_no": Text("Số giấy tờ", "Identity number"),
    "phone": Text("Số điện thoại", "Phone"),
    "email": Text("Thư điện tử", "E-mail"),
    "address": Text("Địa chỉ", "Address"),
    "subject": Text("Trích yếu hồ sơ", "Subject"),
}
"""The fields that form 01 prints of an applicant (R23), with their titles."""

_NAMES = ("owner", "submitter")
_DIGITS = ("id_no", "phone")
_LONGEST = 1_000


def checked(people: Mapping[str, str]) -> Mapping[str, str]:
    """The same in NFC, without empty fields. Raises BadValue for an unknown field or an endless value."""
    unknown = sorted(people.keys() - FIELDS.keys())
    if unknown:
        names = ", ".join(FIELDS)
        raise BadValue(
            Text(f"không có trường '{unknown[0]}'; hãy dùng: {names}", f"no field '{unknown[0]}'; use: {names}")
        )
    for field, value in people.items():
        if len(value) > _LONGEST:
            title = FIELDS[field]
            raise BadValue(
                Text(
                    f"'{title.vi}' dài quá {_LONGEST} ký tự; hãy rút gọn",
                    f"'{title.en}' is longer than {_LONGEST} characters; make it shorter",
                )
            )
    return {field: nfc(value.strip()) for field, value in people.items() if value.strip()}


def masked(people: Mapping[str, str]) -> dict[str, str]:
    """The fields as everybody may see them: names like "Ng*** V** A", the last 3 digits of numbers, nothing else."""
    return {field: _masked(field, value) for field, value in people.items()}


def _masked(field: str, value: str) -> str:
    if field in _NAMES:
        return mask_name(value)
    if field in _DIGITS:
        return f"***{value[-3:]}" if len(value) > 6 else "***"
    if field == "email":
        _, at, domain = value.partition("@")
        return f"***{at}{domain}"
    return "***"


def mask_name(name: str) -> str:
    """A person's name with its family and middle names masked: "Nguyễn Văn A" is "Ng*** V** A"."""
    *others, given = name.split() or [""]
    if not others:
        return given[:1] + "***"
    family, *middle = others
    return " ".join((f"{family[:2]}***", *(f"{word[:1]}**" for word in middle), given))
