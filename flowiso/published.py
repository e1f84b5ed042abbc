"""`_published.txt`, the list of frozen flow files: `<sha256>  <field>/<code>.v<N>.yaml`, one a line, `#` comments (R65)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple

from .model import Finding, Place
from .text import Text

_LINE = re.compile(r"([0-9a-f]{64}) {1,2}([^\s/]+/[^\s/]+\.ya?ml)")
_MOST = 100


class Seal(NamedTuple):
    """The digest a file was frozen with, and where the list says so."""

    digest: str
    place: Place


class Published(NamedTuple):
    """The list, by the files' names in the agency's folder."""

    file: str = ""
    seals: Mapping[str, Seal] = {}


@lru_cache(maxsize=2048)
def listed(file: str) -> str:
    """The name the list has for a flow file: its folder and itself."""
    return "/".join(PurePath(file).parts[-2:])


def line(file: str, digest: str) -> str:
    """The line that freezes a file; the list is such lines, appended one by one."""
    return f"{digest}  {listed(file)}\n"


def again(code: str) -> Text:
    """The command that drafts the next version of a flow, the day still to be filled in."""
    command = f"flowiso new {code} --version --from"
    return Text(f"{command} NGÀY", f"{command} DATE")


def read_published(data: bytes, file: str) -> tuple[Published, list[Finding]]:
    """The list and what is wrong with its lines (FLW105); of a file listed twice the first line holds."""
    seals: dict[str, Seal] = {}
    findings: list[Finding] = []
    for number, written in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        bare = written.strip()
        found = _LINE.fullmatch(bare)
        if found and found[2] not in seals:
            seals[found[2]] = Seal(found[1], Place(number, 1))
        elif bare and not bare.startswith("#"):
            text = _twice(found[2], seals[found[2]].place.line) if found else _MALFORMED
            findings.append(Finding("FLW105", "published-changed", "error", text, file, number, 1))
    return Published(file, seals), findings[:_MOST]


_MALFORMED = Text(
    "dòng này phải là '<sha256>  <field>/<code>.v<N>.yaml'; hãy lấy lại danh sách từ bản đã lưu",
    "this line must be '<sha256>  <field>/<code>.v<N>.yaml'; take the list from its last good copy",
)


def _twice(name: str, first: int) -> Text:
    return Text(f"{name} đã có ở dòng {first}; hãy xóa một dòng", f"{name} is in line {first} already; remove one")
