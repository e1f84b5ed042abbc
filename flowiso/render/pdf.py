"""Papers as PDF: A4 as Decree 30/2020 lays them out, PDF/A-2a and PDF/UA-1. The only module that imports typst and segno.

What is printed depends on the arguments alone: dates come from the log, fonts from typst's own package or, by name, from the
machine. So two prints are the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import category

from ..errors import BadValue
from ..org import Org
from ..text import Text, nfc

FONT = "Libertinus Serif"
"""The font that comes inside typst, with every Vietnamese letter; Decree 30/2020 names Times New Roman, which nobody may ship."""

_STANDARDS = ["a-2a", "ua-1"]
_JOINING = re.compile("[\u200d\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
"""What makes one picture of several signs; typst names only the first of them when a font lacks it."""

_NATION = Text("Cộng hòa xã hội chủ nghĩa Việt Nam", "Socialist Republic of Viet Nam")
_MOTTO = Text("Độc lập - Tự do - Hạnh phúc", "Independence - Freedom - Happiness")

Part = tuple[str, str]
"""Words in a cell, and how: "", "small" or "bold"."""


class Table(NamedTuple):
    """A table: titles and widths of its columns (parts of the page, 0: as its longest cell), those `centred`, rows of cells."""

    columns: Sequence[str]
    widths: Sequence[int]
    centred: Sequence[int]
    rows: Sequence[Sequence[Sequence[Part]]]


class Signer(NamedTuple):
    """Who signs at the foot: what as, what is to be done there, who, and what stands for the signature (R154)."""

    title: str
    hint: str
    name: str
    lines: Sequence[str]
    gap: int = 4


class Paper(NamedTuple):
    """What stands on a paper: `made` is the moment at its head, `number` its own, `mark` the form's ("Mẫu 01"), `code` the QR.

    `words` stand between fields and table, `after` below it; `wide` turns the page.
    """

    org: Org
    made: datetime
    title: str
    code: str
    subtitle: str = ""
    number: str = ""
    mark: str = ""
    foot: str = ""
    simulated: str = ""
    fields: Sequence[tuple[str, str | Sequence[str]]] = ()
    words: Sequence[str] = ()
    table: Table | None = None
    after: Sequence[str] = ()
    signers: Sequence[Signer] = ()
    wide: bool = False


def as_pdf(paper: Paper, lang: str = "vi", font: str = FONT) -> bytes:
    """The paper printed in a font. Raises BadValue: typst isn't there, no such font, a letter that it doesn't have."""
    made: bytes = _compiled(paper, lang, font, format="pdf", pdf_standards=_STANDARDS)
    return made


def printed(template: str, data: Mapping[str, Any], made: datetime, font: str = FONT) -> bytes:
    """What a template beside this module makes of its data, which is words alone; the data's head is a `head`.

    Raises BadValue as `as_pdf` does.
    """
    found: bytes = _typeset(template, data, made, font, format="pdf", pdf_standards=_STANDARDS)
    return found


def _compiled(paper: Paper, lang: str, font: str, **how: Any) -> Any:
    return _typeset("paper.typ", _data(paper, lang), paper.made, font, **how)


def _typeset(template: str, data: Mapping[str, Any], made: datetime, font: str, **how: Any) -> Any:
    import json

    typst = _package("typst")
    fonts = typst.Fonts(include_system_fonts=font != FONT)
    if font not in fonts.families():
        raise BadValue(
            Text(
                f"máy này không có phông chữ '{font}'; hãy cài phông đó, hoặc bỏ --font để dùng {FONT}",
                f"there is no font '{font}' on this machine; install it, or leave out --font for {FONT}",
            )
        )
    source = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("common.typ", template))
    words = nfc(json.dumps({"font": font, **data}, ensure_ascii=False))
    while True:
        try:
            return typst.compile(source, font_paths=fonts, sys_inputs={"data": words}, timestamp=made, **how)
        except typst.TypstError as error:
            lacking = _lacking(str(error))
            spelled = _spelled(words, lacking)
            if spelled == words:
                raise _unprintable(font, str(error), lacking) from error
            words = spelled


def _lacking(told: str) -> str:
    """The text that typst says a font can't show; "" where it says something else."""
    found = re.search(r'text `"(.+?)"` could not be displayed', told)
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), found[1]) if found else ""


def _spelled(words: str, lacking: str) -> str:
    """The words with a sign that a font lacks, such as 👍, as its number, [U+1F44D]; a letter stays: no name is spelled so.

    A line of a log stands for ever, and what is in it must be printable (R21).
    """
    signs = {one for one in lacking if not one.isascii() and category(one)[0] != "L"}
    signs |= {one for one in _JOINING.findall(words) if lacking}
    for sign in signs:
        words = words.replace(sign, f"[U+{ord(sign):04X}]")
    return words


def _unprintable(font: str, told: str, lacking: str) -> BadValue:
    vi, en = (f"không có chữ '{lacking}'", f"it has no '{lacking}'") if lacking else (told, told)
    return BadValue(
        Text(
            f"không in được bằng phông chữ '{font}': {vi}; hãy chọn phông khác sau --font",
            f"can't be printed in font '{font}': {en}; choose another with --font",
        )
    )


def dated(org: Org, on: date, lang: str) -> str:
    """Place and date as at the head of a paper: Đồng Nai, ngày 05 tháng 02 năm 2021 (Decree 30/2020)."""
    month = f"{on.month:02d}" if on.month < 3 else str(on.month)
    vi = f"ngày {on.day:02d} tháng {month} năm {on.year}"
    if not org.town:
        return Text(vi.capitalize(), f"{on:%d/%m/%Y}").to(lang)
    return Text(f"{org.town}, {vi}", f"{org.town}, {on:%d/%m/%Y}").to(lang)


def head(org: Org, made: datetime, lang: str, number: str = "") -> dict[str, str]:
    """The head of a paper: whose it is, its number, the nation and its motto, place and date (Decree 30/2020)."""
    return {
        "superior": org.superior.to(lang) if org.superior else "",
        "agency": org.title.to(lang),
        "number": number,
        "nation": _NATION.to(lang),
        "motto": _MOTTO.to(lang),
        "dated": dated(org, made.date(), lang),
    }


def _data(paper: Paper, lang: str) -> dict[str, Any]:
    table = paper.table or Table((), (), (), ())
    return {
        "lang": lang,
        "wide": paper.wide,
        "title": paper.title,
        "subtitle": paper.subtitle,
        "mark": paper.mark,
        "foot": paper.foot,
        "simulated": paper.simulated,
        "qr": {"svg": _qr(paper.code), "text": f"QR: {paper.code}"},
        "head": head(paper.org, paper.made, lang, paper.number),
        "fields": paper.fields,
        "words": paper.words,
        "columns": table.columns,
        "widths": table.widths,
        "centred": table.centred,
        "rows": table.rows,
        "after": paper.after,
        "signatures": [one._asdict() for one in paper.signers],
    }


def _qr(words: str) -> str:
    """A QR code as SVG: never a Micro QR, which cameras of phones may not read."""
    out = io.BytesIO()
    _package("segno").make(words, micro=False, error="m").save(out, kind="svg", border=2, xmldecl=False, nl=False)
    return out.getvalue().decode()


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        vi, en = "để in PDF hãy cài thêm", "to print PDF, install"
        raise BadValue(Text(f"{vi}: pip install 'flowiso[pdf]'", f"{en}: pip install 'flowiso[pdf]'")) from error
