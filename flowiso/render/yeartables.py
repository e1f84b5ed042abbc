"""What simulated years tell, as tables that the text and the page draw: their columns, their lines, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..causes import TITLES as CAUSES
from ..outcome import Late
from ..spread import AccountSpread, Difference, Spread
from ..text import Text
from .scene import TITLES, Result, Scene, hours_of, interval, signed, told

STEPS_SHOWN = 15
COMPARED = ("late", "misroutes", "busiest")
"""The figures by which scenarios are compared."""
_OFTEN = 10

Titled = tuple[str, Spread | None]
"""A figure with its title, and its spread, if it ever arose."""


class Grid(NamedTuple):
    """A table: the titles of its columns, lines of which the first cell is the name, and for each column whether its cells are
    words (<) or figures (>)."""

    heads: Sequence[str]
    lines: Sequence[Sequence[str]]
    sides: str

    def first(self, count: int) -> Grid:
        """The table with its first lines alone."""
        return self._replace(lines=self.lines[:count])


def spreads(rows: Iterable[Titled], result: Result, lang: str) -> Grid:
    """Figures and their spread; of a single year the figures alone."""
    if len(result.outcomes) == 1:
        return _grid((_FIGURE, _IN_THE_YEAR), [[name, mean(spread, lang)] for name, spread in rows], lang)
    return _grid(
        (_FIGURE, *_SPREAD), [[name, mean(spread, lang), *_places(spread, lang)] for name, spread in rows], lang
    )


_FIGURE = Text("", "")
_IN_THE_YEAR = Text("trong năm", "in the year")
_SPREAD = (
    Text("trung bình ± khoảng tin cậy 95%", "mean ± 95 % interval"),
    Text("p10", "p10"),
    Text("trung vị", "median"),
    Text("p90", "p90"),
    Text("ít nhất", "least"),
    Text("nhiều nhất", "most"),
)


def mean(spread: Spread | None, lang: str) -> str:
    """The mean with its interval; "-" for what never arose."""
    return "-" if spread is None else interval(spread, lang)


def _places(spread: Spread | None, lang: str) -> list[str]:
    if spread is None:
        return ["-"] * (len(_SPREAD) - 1)
    return [told(one, lang) for one in (spread.p10, spread.p50, spread.p90, spread.least, spread.most)]


def figures(result: Result, lang: str) -> list[Titled]:
    """The figures of the year; the titles of parts are set in."""
    found = result.summary._asdict()
    return [(_indented(title, lang), found[name]) for name, title in TITLES.items()]


def _indented(title: Text, lang: str) -> str:
    return title.to(lang) if title.vi[0].isupper() else f"  {title.to(lang)}"


def causes(result: Result, lang: str) -> list[tuple[str, Spread]]:
    """Why dossiers are late, the most frequent cause first; without those that never arose."""
    arisen = [(cause, spread) for cause, spread in result.summary.by_cause.items() if spread.most]
    return [(CAUSES[cause].to(lang), spread) for cause, spread in sorted(arisen, key=lambda one: -one[1].mean)]


class Busy(NamedTuple):
    """An officer by name and account, how busy, and what else is known of the account."""

    name: str
    share: Spread
    account: AccountSpread


def busiest(result: Result) -> list[Busy]:
    """The officers, the busiest first."""
    known = [
        (name, Busy(result.scene.who(name), one.utilisation, one))
        for name, one in result.summary.accounts.items()
        if one.utilisation is not None
    ]
    return [busy for _, busy in sorted(known, key=lambda one: (-one[1].share.mean, one[0]))]


def officers(result: Result, lang: str) -> Grid:
    """How busy each officer is."""
    heads = (
        Text("cán bộ", "officer"),
        Text("% thời gian bận", "% busy"),
        Text("lượt xử lý", "visits"),
        Text("lượt quá hạn bước", "visits past the limit"),
        Text("hồ sơ trễ do mình", "late dossiers"),
    )
    lines = [
        [name, *(mean(one, lang) for one in (share, account.visits, account.steps_late, account.late))]
        for name, share, account in busiest(result)
    ]
    return _grid(heads, lines, lang)


def longest_waits(result: Result) -> dict[tuple[str, str], Text]:
    """The steps of the agency at which a dossier waits longest, with their titles: of those that are visited at least ten
    times a year, or of all where none is."""
    titles, steps = result.scene.steps(), result.summary.steps
    waits = {key: one.waited.mean for key, one in steps.items() if one.waited and key in titles}
    often = [key for key in waits if _often(result, key)] or list(waits)
    ranked = sorted(often, key=lambda key: (-waits[key], key))[:STEPS_SHOWN]
    return {key: titles[key] for key in ranked}


def _often(result: Result, key: tuple[str, str]) -> bool:
    return result.summary.steps[key].visits.mean >= _OFTEN


def of_which_steps(result: Result) -> Text:
    """Of which steps `longest_waits` are the longest, with a blank before it; "" where they are of all."""
    if any(_often(result, key) for key in longest_waits(result)):
        return Text(f" trong các bước có từ {_OFTEN} lượt một năm", f" of those with {_OFTEN} visits a year or more")
    return Text("", "")


def waits(result: Result, lang: str) -> Grid:
    """The longest waits by step, in working hours a visit."""
    heads = (
        Text("bước", "step"),
        Text("chờ (giờ)", "waited (h)"),
        Text("làm (giờ)", "worked (h)"),
        Text("lượt một năm", "visits a year"),
        Text("lượt quá hạn bước", "visits past the limit"),
    )
    lines = []
    for (code, step), title in longest_waits(result).items():
        one = result.summary.steps[code, step]
        shown = hours_of(one.waited), hours_of(one.worked), one.visits, one.late
        lines.append([f"{code}: {title.to(lang)}", *(mean(spread, lang) for spread in shown)])
    return _grid(heads, lines, lang)


def lates(found: Sequence[Late], scene: Scene, lang: str) -> Grid:
    """Late dossiers one by one, in the order of their numbers; what only the simulation knows of them is in the notes."""
    heads = (
        Text("hồ sơ", "dossier"),
        Text("thủ tục", "procedure"),
        Text("vì sao", "why"),
        Text("thời gian của ai", "whose time"),
        Text("ghi chú", "notes"),
    )
    lines = [
        [one.number, one.code, CAUSES[one.cause].to(lang), scene.who(one.account), _notes(one, lang)]
        for one in sorted(found)
    ]
    return _grid(heads, lines, lang, "<<<<<")


def _notes(late: Late, lang: str) -> str:
    known = (
        (late.misrouted, Text("chuyển nhầm", "misrouted")),
        (late.forgotten, Text("từng bị để quên", "once forgotten")),
        (late.warned, Text("lãnh đạo đã được cảnh báo", "a head was warned")),
    )
    return ", ".join(words.to(lang) for is_so, words in known if is_so)


def compared(base: tuple[str, Result], others: Iterable[tuple[str, Mapping[str, Difference]]], lang: str) -> Grid:
    """What scenarios, by name, change against the base, whose own figures are the first line."""
    heads = (
        Text("kịch bản", "scenario"),
        *(TITLES[name] for name in COMPARED),
        Text("không cùng hạt giống", "without common seeds"),
        Text("hẹp hơn", "narrower"),
    )
    name, result = base
    known = result.summary._asdict()
    of_base = Text(f"{name} (gốc)", f"{name} (base)").to(lang)
    lines = [[of_base, *(interval(known[figure], lang) for figure in COMPARED), "", ""]]
    for other, found in others:
        late = found["late"]
        differing = (signed(found[figure], lang) for figure in COMPARED)
        lines.append([other, *differing, unpaired(late, lang), narrower(late, lang)])
    return _grid(heads, lines, lang)


PAIRING = Text(
    "hai cột cuối là của hiệu số hồ sơ trễ: khoảng tin cậy nếu không cùng hạt giống, và nhờ cùng hạt giống nó hẹp hơn bao nhiêu"
    " lần",
    "the last two columns are of the late dossiers' difference: its interval without common seeds, and how many times narrower"
    " common seeds make it",
)
"""What the last two columns of `compared` are."""


def unpaired(difference: Difference, lang: str) -> str:
    """The interval that the difference would have by unrelated chances."""
    return "-" if difference.unpaired is None else f"± {told(difference.unpaired, lang)}"


def narrower(difference: Difference, lang: str) -> str:
    """By what factor pairing narrowed the interval."""
    return "-" if difference.narrower is None else f"{told(difference.narrower, lang)}x"


def _grid(heads: Sequence[Text], lines: Sequence[Sequence[str]], lang: str, sides: str = "") -> Grid:
    return Grid([head.to(lang) for head in heads], lines, sides or "<" + ">" * (len(heads) - 1))
