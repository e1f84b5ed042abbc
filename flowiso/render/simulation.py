"""Simulated years as plain text, Vietnamese or English: figures with their intervals, why dossiers are late, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from ..spread import Difference, Spread
from ..text import Text, many, nfc, number
from .grounds import BASES, changes, reasons
from .plain import SIMULATED, aligned, shortened
from .scene import TITLES, Result, Scene, cut_short, differences, fewest, interval, runs_told, signed, told
from .yeartables import (
    PAIRING,
    Grid,
    causes,
    compared,
    figures,
    lates,
    narrower,
    of_which_steps,
    officers,
    spreads,
    unpaired,
    waits,
)

OFFICERS_SHOWN = 10
LATES_SHOWN = 20
_TITLE = 54

_NOTHING = Text("không có", "none")


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
        _lates(result, lang) if single else (),
        assumptions(result.scene, lang),
    )


def whatif_text(base: Result, others: Sequence[Result], lang: str = "vi") -> str:
    """What other scenarios change, year by year of the same seeds, with the interval of the difference."""
    differing = [(other.scene, differences(base, other)) for other in others]
    return _joined(
        _head(base, lang, others),
        _compared(base, differing, lang),
        *(_changes(base.scene, scene, found, lang) for scene, found in differing),
        assumptions(base.scene, lang),
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
    return _joined(_head(result, lang), (verdict.to(lang),), _tried(tried, lang), assumptions(result.scene, lang))


def assumptions(scene: Scene, lang: str) -> Iterator[str]:
    """Every number of the scenario with its value, where it comes from and why."""
    yield Text(
        "Số liệu của kịch bản: đọc được ở nguồn, hiệu chỉnh theo số đã công bố, hay giả định",
        "The scenario's numbers: read in a source, calibrated to a published figure, or assumed",
    ).to(lang)
    if not scene.grounds:
        yield "  " + Text("mọi số là mặc định của FlowISO, giả định", "all are defaults of FlowISO, assumed").to(lang)
        return
    for reason in reasons(scene.grounds, scene.org):
        yield f"  {BASES[reason.basis].to(lang)}: {reason.why.to(lang)}"
        yield from aligned((("  " + one.title.to(lang), one.value.to(lang)) for one in reason.numbers), "<<")


def _joined(*blocks: Iterator[str] | Sequence[str]) -> str:
    """Blocks of lines with an empty line between."""
    filled = [lines for block in blocks if (lines := list(block))]
    return nfc("\n".join(list(chain.from_iterable(["", *lines] for lines in filled))[1:])) + "\n"


def _head(result: Result, lang: str, others: Sequence[Result] = ()) -> Iterator[str]:
    scene, summary = result.scene, result.summary
    what = Text(f"mô phỏng năm {scene.year}", f"simulation of {scene.year}").to(lang)
    title = f": {scene.title.to(lang)}" if scene.title.to(lang) else ""
    yield f"{scene.org.title.to(lang)} - {what}, {scene.name}{title}"
    yield SIMULATED.to(lang)
    yield runs_told(summary, lang)
    if words := cut_short(fewest([result, *others]), lang):
        yield words


def _figures(result: Result, lang: str) -> Iterator[str]:
    yield from _drawn(spreads(figures(result, lang), result, lang))
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


def _drawn(grid: Grid) -> Iterator[str]:
    return aligned([grid.heads, *grid.lines], grid.sides)


def _causes(result: Result, lang: str) -> Iterator[str]:
    yield Text("Vì sao trễ hạn (số hồ sơ một năm)", "Why dossiers are late (a year)").to(lang)
    arisen = causes(result, lang)
    yield from _drawn(spreads(arisen, result, lang)) if arisen else (f"  {_NOTHING.to(lang)}",)
    yield from (f"  {line}" for line in overlooked(result, lang))


def overlooked(result: Result, lang: str) -> Iterator[str]:
    """How many late dossiers somebody had forgotten: causes are read in the log, where such a wait looks like overload or, by
    who had taken it up before, like a slow officer (R95)."""
    found = result.summary.forgotten
    if found.most:
        often = interval(found, lang)
        yield Text(
            "Nguyên nhân đọc từ nhật ký, ở đó hồ sơ bị để quên trông như quá tải hay cán bộ chậm:"
            f" {often} hồ sơ trễ từng bị để quên",
            "Causes are read in the log, where a forgotten dossier looks like overload or a slow officer:"
            f" {often} of the late were once forgotten",
        ).to(lang)


def _officers(result: Result, lang: str) -> Iterator[str]:
    """The busiest accounts."""
    grid = officers(result, lang)
    shown, all_ = grid.first(OFFICERS_SHOWN), len(grid.lines)
    yield Text(
        f"Cán bộ bận nhất ({len(shown.lines)} trong {all_})", f"The busiest officers ({len(shown.lines)} of {all_})"
    ).to(lang)
    yield from _drawn(shown)


def _steps(result: Result, lang: str) -> Iterator[str]:
    """The steps at which a dossier waits longest."""
    grid = waits(result, lang)
    count, which = len(grid.lines), of_which_steps(result)
    yield Text(
        f"Chờ lâu nhất, theo bước ({count} bước{which.vi}; giờ làm việc mỗi lượt)",
        f"The longest waits, by step ({count} steps{which.en}; working hours a visit)",
    ).to(lang)
    yield from _drawn(grid._replace(lines=[[shortened(name, _TITLE), *rest] for name, *rest in grid.lines]))


def _lates(result: Result, lang: str) -> Iterator[str]:
    """The late dossiers of a year, one by one."""
    grid = lates(result.outcomes[0].lates, result.scene, lang)
    shown, all_ = grid.first(LATES_SHOWN), len(grid.lines)
    yield Text(
        f"Hồ sơ trễ hạn ({len(shown.lines)} trong {number(all_)})",
        f"Late dossiers ({len(shown.lines)} of {number(all_, 'en')})",
    ).to(lang)
    yield from _drawn(shown) if shown.lines else (f"  {_NOTHING.to(lang)}",)


def _compared(base: Result, others: Sequence[tuple[Scene, Mapping[str, Difference]]], lang: str) -> Iterator[str]:
    yield Text(
        "Số của kịch bản gốc, và hiệu số ± khoảng tin cậy 95% của kịch bản khác so với nó, cùng hạt giống",
        "The figures of the base, and by how much others differ from it, ± 95 % interval, the same seeds",
    ).to(lang)
    yield from _drawn(compared((base.scene.name, base), ((scene.name, found) for scene, found in others), lang))
    yield f"  {PAIRING.to(lang)}"


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
        one, certain = found[name], _CERTAIN.to(lang) if found[name].certain else ""
        lines.append([TITLES[name].to(lang), signed(one, lang), unpaired(one, lang), narrower(one, lang), certain])
    yield from aligned(lines, "<>>><")


def _numbers(base: Scene, scene: Scene, lang: str) -> Iterator[str]:
    """The numbers of a scenario that aren't the base's, with where they come from; the key in brackets is that of its file."""
    for reason, before in changes(base.grounds, scene.grounds, base.org):
        yield f"  {BASES[reason.basis].to(lang)}: {reason.why.to(lang)}"
        rows = [
            (f"  {one.title.to(lang)} ({one.key})", was.to(lang), f"→ {one.value.to(lang)}")
            for one, was in zip(reason.numbers, before, strict=True)
        ]
        yield from aligned(rows, "<><")


_CHANGED = ("late", "misroutes", "minutes_lost", "busiest")
_CERTAIN = Text("khác rõ", "differs for certain")


def _tried(tried: Sequence[Size], lang: str) -> Iterator[str]:
    yes, no = Text("đủ", "enough"), Text("chưa đủ", "not enough")
    titles = Text("số người", "officers"), Text("% trễ hạn", "% late"), Text("cận trên", "upper end")
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
