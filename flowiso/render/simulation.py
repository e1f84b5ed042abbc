"""Simulated years as plain text, Vietnamese or English: figures with their intervals, why dossiers are late, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from ..causes import TITLES as CAUSES
from ..outcome import Late
from ..spread import Difference, Spread
from ..text import Text, many, nfc, number
from .report import SIMULATED, aligned, shortened
from .scene import (
    BASES,
    TITLES,
    Ground,
    Result,
    Scene,
    cut_short,
    differences,
    hours_of,
    interval,
    reasons,
    runs_told,
    signed,
    told,
)

OFFICERS_SHOWN = 10
STEPS_SHOWN = 15
LATES_SHOWN = 20
_TITLE = 44

_NOTHING = Text("không có", "none")
_COLUMNS = (
    Text("trung bình ± 95 %", "mean ± 95 %"),
    Text("p10", "p10"),
    Text("giữa", "median"),
    Text("p90", "p90"),
    Text("ít nhất", "least"),
    Text("nhiều nhất", "most"),
)


class Size(NamedTuple):
    """So many officers tried: the late share in percent that came of it, whether that is low enough, and the upper end that tells
    (`Summary.late_share_upper`)."""

    officers: int
    late_share: Spread
    holds: bool
    upper: Decimal | None = None


def as_text(result: Result, lang: str = "vi") -> str:
    """Headline figures, lateness by cause, officers, waits by step, late dossiers of a single year, and the assumptions."""
    single = len(result.outcomes) == 1
    return _joined(
        _head(result, lang),
        _figures(result, lang),
        _causes(result, lang),
        _officers(result, lang),
        _steps(result, lang),
        _lates(result.outcomes[0].lates, result.scene, lang) if single else (),
        assumptions(result.scene.grounds, lang),
    )


def whatif_text(base: Result, others: Sequence[Result], lang: str = "vi") -> str:
    """What other scenarios change, year by year of the same seeds, with the interval of the difference."""
    differing = [(other.scene, differences(base, other)) for other in others]
    return _joined(
        _head(base, lang),
        _compared(base, differing, lang),
        *(_changes(base.scene, scene, found, lang) for scene, found in differing),
        assumptions(base.scene.grounds, lang),
    )


def size_text(result: Result, tried: Sequence[Size], role: str, below: str, lang: str = "vi") -> str:
    """How many officers of a role are enough for a late share below `below` percent, and what each number tried came to.

    `result` is of the smallest number that is enough, or of the largest tried when none is.
    """
    enough = min((one.officers for one in tried if one.holds), default=None)
    limit = number(below, lang)
    if enough is None:
        vi, en = f"Chưa đủ: thử đến {number(max(one.officers for one in tried))} người", "Not enough: tried up to "
        verdict = Text(
            f"{vi}, tỷ lệ trễ hạn vẫn không dưới {limit}%",
            f"{en}{number(max(one.officers for one in tried), 'en')}, the share late is not below {limit}%",
        )
    elif enough > 1 and all(one.holds for one in tried):
        verdict = Text(
            f"{role}: {number(enough)} người là đủ để tỷ lệ trễ hạn dưới {limit}%; chưa thử ít hơn",
            f"{role}: {number(enough, 'en')} are enough for a share late below {limit}%; fewer were not tried",
        )
    else:
        verdict = Text(
            f"{role}: cần ít nhất {number(enough)} người để tỷ lệ trễ hạn dưới {limit}%",
            f"{role}: at least {number(enough, 'en')} for a share late below {limit}%",
        )
    return _joined(
        _head(result, lang), (verdict.to(lang),), _tried(tried, lang), assumptions(result.scene.grounds, lang)
    )


def assumptions(grounds: Sequence[Ground], lang: str) -> Iterator[str]:
    """Every number of the scenario with its value, where it comes from and why."""
    yield Text(
        "Số liệu của kịch bản: đọc được ở nguồn, hiệu chỉnh theo số đã công bố, hay giả định",
        "The scenario's numbers: read in a source, calibrated to a published figure, or assumed",
    ).to(lang)
    if not grounds:
        yield "  " + Text("mọi số là mặc định của FlowISO, giả định", "all are defaults of FlowISO, assumed").to(lang)
        return
    for reason in reasons(grounds):
        yield f"  {BASES[reason.basis].to(lang)}: {reason.why.to(lang)}"
        yield from aligned((("  " + one.path, one.value) for one in reason.numbers), "<<")


def _joined(*blocks: Iterator[str] | Sequence[str]) -> str:
    """Blocks of lines with an empty line between."""
    filled = [lines for block in blocks if (lines := list(block))]
    return nfc("\n".join(list(chain.from_iterable(["", *lines] for lines in filled))[1:])) + "\n"


def _head(result: Result, lang: str) -> Iterator[str]:
    scene, summary = result.scene, result.summary
    what = Text(f"mô phỏng năm {scene.year}", f"simulation of {scene.year}").to(lang)
    title = f": {scene.title.to(lang)}" if scene.title.to(lang) else ""
    yield f"{scene.org.title.to(lang)} - {what}, {scene.name}{title}"
    yield SIMULATED.to(lang)
    yield runs_told(summary, lang)
    if words := cut_short(summary, lang):
        yield words


def _figures(result: Result, lang: str) -> Iterator[str]:
    found = result.summary._asdict()
    yield from _table([(indented(title, lang), found[name]) for name, title in TITLES.items()], result, lang)
    yield from published(result, lang)


def published(result: Result, lang: str) -> Iterator[str]:
    """How the published figure lies among the simulated ones."""
    known, late = result.scene.published, result.summary.late
    if known is None:
        return
    if len(result.outcomes) == 1:
        yield Text(f"Số đã công bố: {number(known)} hồ sơ trễ hạn", f"Published: {many(known, 'late dossier')}").to(
            lang
        )
        return
    low, high = told(late.p10, lang), told(late.p90, lang)
    inside = late.p10 <= known <= late.p90
    where = Text("nằm trong", "inside") if inside else Text("nằm ngoài", "outside")
    yield Text(
        f"Số đã công bố: {number(known)} hồ sơ trễ hạn, {where.vi} khoảng p10-p90 của mô phỏng ({low}-{high})",
        f"Published: {many(known, 'late dossier')}, {where.en} p10-p90 of the simulation ({low}-{high})",
    ).to(lang)


def indented(title: Text, lang: str) -> str:
    """A title of `TITLES`, those of parts set in."""
    return title.to(lang) if title.vi[0].isupper() else f"  {title.to(lang)}"


def _table(rows: Sequence[tuple[str, Spread | None]], result: Result, lang: str) -> Iterator[str]:
    """Figures and their spread; a single year has no spread."""
    if len(result.outcomes) == 1:
        yield from aligned([[name, _mean(spread, lang)] for name, spread in rows], "<>")
        return
    lines = [["", *(title.to(lang) for title in _COLUMNS)]]
    for name, spread in rows:
        rest = (spread.p10, spread.p50, spread.p90, spread.least, spread.most) if spread else ()
        lines.append([name, _mean(spread, lang), *(told(value, lang) for value in rest), *([""] * (5 - len(rest)))])
    yield from aligned(lines, "<>>>>>>")


def _mean(spread: Spread | None, lang: str) -> str:
    return "-" if spread is None else interval(spread, lang)


def _causes(result: Result, lang: str) -> Iterator[str]:
    summary = result.summary
    yield Text("Vì sao trễ hạn (số hồ sơ một năm)", "Why dossiers are late (a year)").to(lang)
    arisen = [(cause, spread) for cause, spread in summary.by_cause.items() if spread.most]
    ranked = sorted(arisen, key=lambda one: -one[1].mean)
    if not ranked:
        yield f"  {_NOTHING.to(lang)}"
    yield from _table([(CAUSES[cause].to(lang), spread) for cause, spread in ranked], result, lang) if ranked else ()


def _officers(result: Result, lang: str) -> Iterator[str]:
    """The busiest accounts."""
    accounts = result.summary.accounts
    known = [(name, one, one.utilisation) for name, one in accounts.items() if one.utilisation is not None]
    ranked = sorted(known, key=lambda one: (-one[2].mean, one[0]))[:OFFICERS_SHOWN]
    yield Text(
        f"Cán bộ bận nhất ({len(ranked)} trong {len(known)})", f"The busiest officers ({len(ranked)} of {len(known)})"
    ).to(lang)
    titles = (
        Text("% thời gian bận", "% busy"),
        Text("lượt xử lý", "visits"),
        Text("lượt quá hạn bước", "past step limit"),
        Text("hồ sơ trễ", "late dossiers"),
    )
    lines = [["", *(title.to(lang) for title in titles)]]
    for name, one, busy in ranked:
        figures = (busy, one.visits, one.steps_late, one.late)
        lines.append([result.scene.who(name), *(interval(figure, lang) for figure in figures)])
    yield from aligned(lines, "<>>>>")


def _steps(result: Result, lang: str) -> Iterator[str]:
    """The steps at which a dossier waits longest."""
    ranked = longest_waits(result)
    yield Text(
        f"Chờ lâu nhất, theo bước ({len(ranked)} bước; giờ làm việc mỗi lượt)",
        f"The longest waits, by step ({len(ranked)} steps; working hours a visit)",
    ).to(lang)
    titles = (
        Text("chờ", "waited"),
        Text("làm", "worked"),
        Text("lượt/năm", "visits/year"),
        Text("lượt quá hạn", "past limit"),
    )
    lines = [["", "", *(title.to(lang) for title in titles)]]
    for (code, step), title in ranked.items():
        one = result.summary.steps[code, step]
        figures = (_mean(spread, lang) for spread in (hours_of(one.waited), hours_of(one.worked), one.visits, one.late))
        lines.append([code, shortened(title.to(lang), _TITLE), *figures])
    yield from aligned(lines, "<<>>>>")


def longest_waits(result: Result) -> dict[tuple[str, str], Text]:
    """The steps of the agency at which a dossier waits longest, with their titles: of those that are visited at least ten
    times a year, or of all where none is."""
    titles, steps = result.scene.steps(), result.summary.steps
    waits = {key: one.waited.mean for key, one in steps.items() if one.waited and key in titles}
    often = [key for key in waits if steps[key].visits.mean >= _OFTEN] or list(waits)
    ranked = sorted(often, key=lambda key: (-waits[key], key))[:STEPS_SHOWN]
    return {key: titles[key] for key in ranked}


_OFTEN = 10


def _lates(lates: Sequence[Late], scene: Scene, lang: str) -> Iterator[str]:
    """The late dossiers of a year, one by one."""
    shown = lates[:LATES_SHOWN]
    yield Text(
        f"Hồ sơ trễ hạn ({len(shown)} trong {number(len(lates))})",
        f"Late dossiers ({len(shown)} of {number(len(lates), 'en')})",
    ).to(lang)
    if not shown:
        yield f"  {_NOTHING.to(lang)}"
        return
    wrong, warned = Text("giao nhầm", "misrouted"), Text("đã cảnh báo", "a head was warned")
    yield from aligned(
        (
            [
                *(one.number, one.code, CAUSES[one.cause].to(lang), scene.who(one.account)),
                ", ".join(words.to(lang) for is_so, words in ((one.misrouted, wrong), (one.warned, warned)) if is_so),
            ]
            for one in shown
        ),
        "<<<<<",
    )


_COMPARED = ("late", "misroutes", "busiest")


def _compared(base: Result, others: Sequence[tuple[Scene, Mapping[str, Difference]]], lang: str) -> Iterator[str]:
    yield Text(
        f"So với {base.scene.name}, cùng hạt giống, ± khoảng tin cậy 95 % của hiệu",
        f"Against {base.scene.name}, the same seeds, ± 95 % interval of the difference",
    ).to(lang)
    heads = (TITLES[name].to(lang) for name in _COMPARED)
    lines = [["", *heads, Text("hẹp hơn", "narrower").to(lang)]]
    found = base.summary._asdict()
    lines.append([base.scene.name, *(interval(found[name], lang) for name in _COMPARED), ""])
    for scene, differing in others:
        cells = (signed(differing[name], lang) for name in _COMPARED)
        lines.append([scene.name, *cells, narrower(differing["late"], lang)])
    yield from aligned(lines, "<>>>>")
    yield "  " + Text(
        "hẹp hơn: khoảng tin cậy của hiệu số hồ sơ trễ hẹp hơn bao nhiêu lần nhờ cùng hạt giống",
        "narrower: how many times narrower the interval of the late dossiers is thanks to the same seeds",
    ).to(lang)


def narrower(difference: Difference, lang: str) -> str:
    """By what factor pairing narrowed the interval."""
    return "-" if difference.narrower is None else f"{told(difference.narrower, lang)}x"


def _changes(base: Scene, scene: Scene, found: Mapping[str, Difference], lang: str) -> Iterator[str]:
    """What one scenario changes, with the paired interval and the one that unshared chances would give, and its own numbers."""
    yield f"{scene.name}{': ' if scene.title.to(lang) else ''}{scene.title.to(lang)}"
    yield from _numbers(base, scene, lang)
    heads = (
        Text("hiệu, ghép cặp", "difference, paired"),
        Text("không ghép cặp", "unpaired"),
        Text("hẹp hơn", "narrower"),
    )
    lines = [["", *(title.to(lang) for title in heads), ""]]
    for name in _CHANGED:
        one = found[name]
        loose = "-" if one.unpaired is None else f"± {told(one.unpaired, lang)}"
        lines.append(
            [
                TITLES[name].to(lang),
                signed(one, lang),
                loose,
                narrower(one, lang),
                _CERTAIN.to(lang) if one.certain else "",
            ]
        )
    yield from aligned(lines, "<>>><")


def _numbers(base: Scene, scene: Scene, lang: str) -> Iterator[str]:
    """The numbers of a scenario that aren't the base's, with where they come from."""
    before = {one.path: one.value for one in base.grounds}
    rows = [
        (
            f"  {one.path}",
            before.get(one.path, "-"),
            f"→ {one.value}",
            f"{BASES[one.basis].to(lang)}: {one.why.to(lang)}",
        )
        for one in scene.grounds
        if before.get(one.path) != one.value
    ]
    yield from aligned(rows, "<><<") if rows else ()


_CHANGED = ("late", "misroutes", "minutes_lost", "busiest")
_CERTAIN = Text("khác rõ", "differs for certain")


def _tried(tried: Sequence[Size], lang: str) -> Iterator[str]:
    yes, no = Text("đủ", "enough"), Text("chưa đủ", "not enough")
    titles = Text("số người", "officers"), Text("% trễ hạn", "% late"), Text("đầu trên", "upper end")
    lines = [[*(title.to(lang) for title in titles), ""]]
    for one in sorted(tried):
        verdict = yes if one.holds else no
        upper = "-" if one.upper is None else told(one.upper, lang)
        lines.append([number(one.officers, lang), interval(one.late_share, lang), upper, verdict.to(lang)])
    yield from aligned(lines, ">>><")
    yield Text(
        "Tìm bằng cách chia đôi, giả định thêm người không bao giờ làm trễ hơn; số người không ghi ở đây là chưa thử",
        "Found by bisection, taking it that more officers never make more late; numbers not listed were not tried",
    ).to(lang)
