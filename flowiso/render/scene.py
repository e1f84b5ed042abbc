"""What is shown of simulated years: the scene they play in, their figures, and how both are called and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ..model import Flow
from ..org import Org
from ..outcome import Outcome
from ..spread import FIGURES, Difference, Spread, Summary, merged, paired, rounded
from ..text import Text, number
from .grounds import Ground


class Scene(NamedTuple):
    """What was simulated: a scenario of an agency's year, with the flows of its staff. `published` is how many late dossiers
    the agency itself published for that year, None where it told nothing."""

    org: Org
    flows: Sequence[Flow]
    name: str
    title: Text
    year: int
    grounds: Sequence[Ground] = ()
    published: int | None = None

    def named(self, account: str) -> str:
        """The name of who has an account; "" where nobody is known."""
        found = self.org.accounts.get(account)
        return found.name if found else ""

    def who(self, account: str) -> str:
        """An account with the name of its person; "-" for nobody."""
        return f"{name} ({account})" if (name := self.named(account)) else account or "-"

    def steps(self) -> Mapping[tuple[str, str], Text]:
        """The titles of the agency's own steps by procedure and id, as the newest version of the procedure has them."""
        return {
            (flow.code, step.id): step.title
            for flow in self.flows
            for step in flow.steps
            if (role := self.org.role(step.by)) and role.party == "agency"
        }


class Result(NamedTuple):
    """A scene, its years in the order of their seeds, and what they say together."""

    scene: Scene
    outcomes: Sequence[Outcome]
    summary: Summary

    @classmethod
    def of(cls, scene: Scene, outcomes: Iterable[Outcome], asked: int | None = None) -> Result:
        """The result of at least one year; `asked` is how many were wanted."""
        years = sorted(outcomes, key=lambda outcome: outcome.seed)
        return cls(scene, years, merged(years, asked))


def differences(base: Result, other: Result) -> dict[str, Difference]:
    """By how much each of `spread.FIGURES` is more in the other, over the seeds that both have, at least one."""
    ours, theirs = ({one.seed: one for one in result.outcomes} for result in (base, other))
    seeds = [seed for seed in ours if seed in theirs]
    return {
        name: paired([figure(ours[seed]) for seed in seeds], [figure(theirs[seed]) for seed in seeds])
        for name, figure in FIGURES.items()
    }


TITLES: Mapping[str, Text] = {
    "received": Text("Hồ sơ tiếp nhận", "Dossiers received"),
    "online": Text("trong đó trực tuyến", "of these online"),
    "refused": Text("Hồ sơ không tiếp nhận", "Intake refused"),
    "procedures": Text("Thủ tục có hồ sơ", "Procedures with dossiers"),
    "resolved": Text("Đã giải quyết đến cuối năm", "Resolved by the year's end"),
    "open": Text("Còn đang giải quyết", "Still open"),
    "late": Text("Hồ sơ trễ hạn", "Late dossiers"),
    "late_share": Text("tỷ lệ trễ hạn (% của tiếp nhận)", "share late (% of received)"),
    "resolved_late": Text("đã giải quyết, trễ", "resolved late"),
    "open_overdue": Text("chưa xong, đã quá hạn", "open and overdue"),
    "misrouted": Text("trễ chỉ vì chuyển nhầm tài khoản", "late only because misrouted"),
    "warned": Text("trễ dù lãnh đạo đã được cảnh báo", "late though a head was warned"),
    "forgotten": Text("trễ, từng bị để quên (chỉ mô phỏng biết)", "late, once forgotten (a simulation alone knows)"),
    "misroutes": Text("Lượt chuyển nhầm tài khoản", "Hand-overs to a wrong account"),
    "minutes_lost": Text("phút làm việc mất vì chuyển nhầm", "working minutes lost by them"),
    "busiest": Text("Cán bộ bận nhất (% thời gian)", "Busiest officer (% of the time)"),
}
"""The figures of a year in the order in which they are shown; those that begin small are parts of the one before."""

PARTIAL = Text(
    "KẾT QUẢ CHƯA ĐỦ: bị dừng khi mới xong {done} trong {asked} năm",
    "PARTIAL RESULT: stopped when {done} of {asked} years were done",
)


def told(value: Decimal, lang: str) -> str:
    """A figure as a person reads it: whole numbers without decimals, others with two, half up (R111)."""
    return number(value.to_integral_value() if _whole(value) else rounded(value), lang)


def hours_of(spread: Spread | None) -> Spread | None:
    """A spread of minutes in hours."""
    if spread is None:
        return None
    runs, *figures = spread
    return Spread(runs, *(None if one is None else one / 60 for one in figures))  # type: ignore[arg-type]


def _whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def interval(spread: Spread | Difference, lang: str) -> str:
    """Mean and half-width with the same decimals: 4,20 ± 0,61; the figure alone where there is one run."""
    mean, half = spread.mean, spread.half
    if half is None:
        return told(mean, lang)
    if _whole(mean) and _whole(half):
        return f"{told(mean, lang)} ± {told(half, lang)}"
    last = min(rounded(mean), rounded(half), key=lambda value: value.as_tuple().exponent)
    return " ± ".join(number(value.quantize(last, ROUND_HALF_UP), lang) for value in (mean, half))


def signed(difference: Difference, lang: str) -> str:
    """A difference with its sign and interval: +4,70 ± 2,50."""
    return ("+" if difference.mean > 0 else "") + interval(difference, lang).replace("-", "\N{MINUS SIGN}", 1)


def runs_told(summary: Summary, lang: str) -> str:
    """Which years were simulated: 100 years, seeds 1-100."""
    seeds = summary.seeds
    whole = len(seeds) > 1 and seeds == tuple(range(seeds[0], seeds[-1] + 1))
    named = f"{seeds[0]}-{seeds[-1]}" if whole else ", ".join(map(str, seeds))
    years = number(len(seeds), lang)
    return Text(
        f"{years} lần mô phỏng cả năm, hạt giống {named}",
        f"{years} simulated {'year' if len(seeds) == 1 else 'years'}, {'seed' if len(seeds) == 1 else 'seeds'} {named}",
    ).to(lang)


def fewest(results: Iterable[Result]) -> Summary:
    """The summary of the fewest years: what was stopped may lack a year of one scenario alone."""
    return min((result.summary for result in results), key=lambda summary: len(summary.seeds))


def cut_short(summary: Summary, lang: str) -> str:
    """That fewer years are there than were wanted; "" where all are."""
    if not summary.partial:
        return ""
    return PARTIAL.to(lang).format(done=number(len(summary.seeds), lang), asked=number(summary.asked, lang))
