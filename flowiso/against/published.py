"""A published report as figures that know what they count and where they stand: from its prose, or from a small YAML file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from ..errors import BadValue, FlowFileError
from ..schema import nearest
from ..text import Text
from ..yamlfile import MAX_BYTES, Map, Scalar, Source, parse
from .numbers import Number, Quantity, quantities
from .phrases import IN_LISTS, OTHER_PERIOD, OUTCOMES, PARTS, TARGET, TITLES, WHOLES, WITHIN, Phrase, identified, plain
from .prose import Clause, Paragraph, clauses, paragraphs

_WHOLE_IDS = frozenset(one.id for one in WHOLES)
_NUMERATORS = tuple(one for one in PARTS if one.id not in _WHOLE_IDS)
_NARROW = frozenset(one.id for one in PARTS) - {"procedures", "received"}
_JOIN = re.compile(r"[,;:()]| và ")
_CUT = re.compile(r"[,;:()“”\"]")


class Figure(NamedTuple):
    """A published figure: `id` says what it counts (`TITLES`), None when that isn't known; `whole_id` what its denominator does.

    `of` is the numerator and denominator of the fraction a percentage stands beside. A `target` is aimed at, no result.
    `sentence` is where it was read, `label` and `unit` the words before and after the number.
    """

    id: str | None
    whole_id: str | None
    quantity: Quantity
    of: tuple[Decimal, Decimal] | None
    target: bool
    line: int
    shown: str
    sentence: str
    label: str
    unit: str

    @property
    def value(self) -> Decimal:
        """The count, the numerator, or the percentage."""
        return self.quantity.number.value

    @property
    def fraction(self) -> tuple[Decimal, Decimal] | None:
        """Numerator and denominator, where it is a fraction."""
        whole = self.quantity.whole
        return None if whole is None else (self.value, whole.value)

    @property
    def counts(self) -> bool:
        """Whether it tells a number of things, not a percentage, a bound or an aim."""
        return not (self.quantity.percent or self.quantity.bound or self.target)


@dataclass(frozen=True)
class Published:
    """A report as read. `paragraphs` is empty for one given as YAML."""

    file: str
    figures: tuple[Figure, ...]
    paragraphs: tuple[Paragraph, ...] = ()

    def values(self, name: str) -> tuple[tuple[Decimal, int], ...]:
        """Every number given for what `name` counts, as denominators too, with its line."""
        return tuple(self._told.get(name, ()))

    def value(self, name: str) -> Decimal | None:
        """The number given for what `name` counts, the most frequent where there are several; None when it isn't given."""
        return self._usual.get(name)

    @cached_property
    def _told(self) -> dict[str, list[tuple[Decimal, int]]]:
        told: dict[str, list[tuple[Decimal, int]]] = {}
        for one in self.figures:
            if one.counts and one.id:
                told.setdefault(one.id, []).append((one.value, one.line))
            if one.fraction and one.whole_id:
                told.setdefault(one.whole_id, []).append((one.fraction[1], one.line))
        return told

    @cached_property
    def _usual(self) -> dict[str, Decimal]:
        counted = {name: Counter(value for value, _ in pairs) for name, pairs in self._told.items()}
        return {name: found.most_common(1)[0][0] for name, found in counted.items()}

    def line(self, name: str) -> int:
        """The line on which the number of `value(name)` stands, as a figure of its own where there is one."""
        value = self.value(name)
        own = (one.line for one in self.figures if one.id == name and one.counts and one.value == value)
        return next(own, next((line for told, line in self.values(name) if told == value), 1))


def read_published(data: bytes, file: str) -> Published:
    """The figures of a report: prose, or YAML where the file's name ends with .yaml or .yml.

    Raises BadValue when it isn't UTF-8, is larger than 1 MiB or holds no figure; FlowFileError with findings for faults of YAML.
    """
    if file.lower().endswith((".yaml", ".yml")):
        report = _from_yaml(data, file)
    else:
        found = tuple(paragraphs(_decoded(data, file)))
        figures = (figure for one in found for figure in _in_context(chain.from_iterable(map(_figures, clauses(one)))))
        report = Published(file, _settled(figures), found)
    if report.figures:
        return report
    vi, en = f"'{file}' không có số liệu nào", f"'{file}' holds no figure"
    raise BadValue(Text(f"{vi}; hãy chọn văn bản của báo cáo", f"{en}; give the text of the report"))


def _decoded(data: bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        vi, en = f"'{file}' lớn hơn 1 MiB", f"'{file}' is larger than 1 MiB"
        raise BadValue(Text(f"{vi}; hãy chỉ lưu phần văn bản của báo cáo", f"{en}; keep the text of the report only"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        vi, en = f"'{file}' không phải văn bản UTF-8", f"'{file}' is no UTF-8 text"
        raise BadValue(
            Text(f"{vi}; hãy lưu báo cáo thành văn bản thuần UTF-8", f"{en}; save it as plain UTF-8")
        ) from error


def _figures(clause: Clause) -> Iterator[Figure]:
    text = clause.text
    found = quantities(text)
    unknown = not clause.paragraph.named or OTHER_PERIOD.search(plain(text)) is not None
    last: Figure | None = None
    for at, one in enumerate(found):
        before = found[at - 1].end if at else 0
        after = found[at + 1].start if at + 1 < len(found) else len(text)
        label, unit = text[before : one.start], _head(text[one.end : after])
        near = _fraction_after(text, found, at) if one.percent else None
        figure = _figure(clause, one, label, unit, bool(at))
        if one.percent:
            figure = _beside(figure, last, near, clause)
        last = None if one.percent else figure
        yield figure._replace(id=None, whole_id=None) if unknown else figure


def _head(words: str) -> str:
    """What is counted, up to a comma or bracket; a bracket that closes right behind the number is passed over."""
    return plain(_CUT.split(re.sub(r"^\s*[)(]", "", words), maxsplit=1)[0]).strip(" .")


def _figure(clause: Clause, one: Quantity, label: str, unit: str, later: bool) -> Figure:
    text = clause.text
    said = plain(_CUT.sub(" ", _JOIN.split(label.rstrip(" :") + " ")[-1] if later else label))
    whole_id = None
    if one.whole is None:
        name = _counted(PARTS, unit, said)
    else:
        between = plain(text[one.number.end : one.whole.start].split("/")[0])
        name = _counted(_NUMERATORS, unit, f"{said} {between}")
        whole_id = identified(WHOLES, unit, said.partition("/")[2] or said)
    target = one.bound and TARGET.search(plain(text[: one.start])) is not None
    line = clause.paragraph.line(clause.start + one.start)
    shown = text[one.start : one.end]
    return Figure(None if target else name, whole_id, one, None, target, line, shown, text.strip(), said, unit)


def _counted(phrases: Sequence[Phrase], unit: str, label: str) -> str | None:
    """By the words after the number, else those before it, else both; the wide wording only where no narrower one fits."""
    places = (unit, label, f"{unit} {label}")
    narrow = [one for one in phrases if one.id in _NARROW]
    return identified(narrow, *places) or identified(phrases, *places)


def _fraction_after(text: str, found: tuple[Quantity, ...], at: int) -> Quantity | None:
    """The fraction in brackets right behind a percentage: 100% (6/6)."""
    following = found[at + 1] if at + 1 < len(found) else None
    if following and following.whole and re.fullmatch(r"\s*\(\s*", text[found[at].end : following.start]):
        return following
    return None


def _beside(percent: Figure, last: Figure | None, near: Quantity | None, clause: Clause) -> Figure:
    """A percentage counts what the fraction beside it does, or, having no words of its own, the count before it."""
    if near and near.whole:
        text = clause.text
        fraction = _figure(clause, near, "", _head(text[near.end :]), True)
        return percent._replace(id=fraction.id, whole_id=fraction.whole_id, of=(near.number.value, near.whole.value))
    if last is None:
        return percent
    if last.fraction:
        return percent._replace(id=last.id, whole_id=last.whole_id, of=last.fraction)
    return percent if percent.id else percent._replace(id=last.id)


def _in_context(figures: Iterable[Figure]) -> Iterator[Figure]:
    """The figures of a paragraph, where an outcome is one of the dossiers counted before it: "Đang giải quyết 50: quá hạn 2"."""
    head = ""
    for one in figures:
        if one.id in WITHIN and one.counts:
            head = one.id or ""
        elif head and one.counts and re.match(r"hồ sơ|$", one.unit):
            bare = None if OTHER_PERIOD.search(plain(one.sentence)) else identified(IN_LISTS, one.label)
            found = WITHIN[head].get(one.id or bare or "")
            if found and (one.id is None or head == "open"):
                yield one._replace(id=found)
                continue
        yield one


def _settled(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Where dossiers resolved early have a count, a count of those "on time" is without them; a ratio "on time" is with them."""
    found = tuple(figures)
    if not any(one.id == "early" for one in found):
        return found
    return tuple(one._replace(id="on_time") if _is_on_time(one) else one for one in found)


def _is_on_time(one: Figure) -> bool:
    alone = identified(OUTCOMES, one.unit, one.label) == "on_time"
    return one.id == "in_time" and alone and one.counts and one.fraction is None


def _from_yaml(data: bytes, file: str) -> Published:
    source = Source(file)
    root = parse(source, data)
    figures = tuple(figure for figure in _entries(source, root)) if root else ()
    if source.findings:
        vi, en = f"'{file}' có lỗi; hãy sửa trước", f"'{file}' has faults; mend them first"
        raise FlowFileError(Text(vi, en), source.findings)
    return Published(file, figures)


def _entries(source: Source, root: Map) -> Iterator[Figure]:
    for name, value in root.items:
        words = value.text if isinstance(value, Scalar) else ""
        found = quantities(f": {words} ")
        if name.text not in TITLES:
            guess = nearest(name.text, TITLES)
            hint = Text(f"; có phải '{guess}'?", f"; is '{guess}' meant?") if guess else Text("", "")
            source.bad(name, f"không có số liệu '{name.text}'{hint.vi}", f"there is no figure '{name.text}'{hint.en}")
        elif not found:
            source.bad(value, "cần số như trong báo cáo: 13.468/13.641, 98,73%", "a number as in the report is needed")
        last: Figure | None = None
        for one in found if name.text in TITLES else ():
            last = _entry(name, one, last, words)
            yield last


def _entry(name: Scalar, one: Quantity, last: Figure | None, words: str) -> Figure:
    of = last.fraction if one.percent and last else None
    whole = _WHOLE_OF.get(name.text) if one.whole else None
    shown = f": {words} "[one.start : one.end]
    return Figure(name.text, whole, one, of, False, name.line, shown, f"{name.text}: {words}", "", "")


_WHOLE_OF: Mapping[str, str] = {
    **dict.fromkeys(("level_1", "level_2", "level_3", "level_4", "interconnected", "with_dossiers"), "procedures"),
    **dict.fromkeys(("divisions_applying", "divisions_with_objectives"), "divisions"),
    "payment": "with_dossiers",
    "online": "received",
}


def unstated_whole(paragraph: Paragraph) -> Iterator[tuple[Clause, Number]]:
    """Counts whose label asks for a ratio, "A/tổng số B:", without a denominator."""
    for clause in clauses(paragraph):
        found = quantities(clause.text)
        asks = re.search(r"[^\W\d]\s?/\s?tổng số[^:]*:", clause.text, re.IGNORECASE)
        if asks and found and found[0].whole is None and not found[0].percent and found[0].start >= asks.end():
            yield clause, found[0].number
