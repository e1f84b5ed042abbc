"""`flowiso size`: how many officers of a role are enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue
from ..render.scene import interval, told
from ..render.simulation import Size, size_text
from ..simulate.runs import tasks_of
from ..simulate.sizing import check_sizable, of_size, officers, seat_of, smallest
from ..spread import rounded
from ..text import Text
from .options import command, lang_of, option, write_json
from .replicating import Study, dossiers_option, result_of, run_tasks, study_options

if TYPE_CHECKING:
    from ..app import Agency
    from ..render.scene import Result
    from ..simulate import Scenario
    from ..simulate.crew import Crew

MORE = 8
"""So many officers more than today are tried at most, unless told otherwise."""


@command(
    "size",
    text=Text(
        "Cần ít nhất bao nhiêu người một vai trò để tỷ lệ hồ sơ trễ hạn thấp hơn một mức: cận trên của khoảng tin cậy 95%"
        " phải dưới mức ấy. Tìm bằng cách chia đôi, giả định thêm người không làm trễ hơn.",
        "The fewest officers of a role for which the share of late dossiers is below a bound: the upper end of its 95 %"
        " interval must be. Found by bisection, taking it that more officers never make more late.",
    ),
    example="flowiso size --role chuyen-vien --division qltm --late-below 5% --replications 3 --dossiers 200 --to 6",
)
@option("--scenario", metavar="NAME|FILE", default=None, text=Text("Kịch bản.", "The scenario."))
@option("--role", required=True, text=Text("Vai trò, ví dụ chuyen-vien.", "The role, such as chuyen-vien."))
@option(
    "--division", default=None,
    text=Text("Đơn vị, nếu vai trò có ở nhiều đơn vị.", "The division, where the role sits in several."),
)  # fmt: skip
@option(
    "--late-below", "below", metavar="PERCENT", required=True,
    text=Text("Tỷ lệ trễ hạn phải thấp hơn mức này: 0,1%.", "The share late must be below this: 0.1%."),
)  # fmt: skip
@option(
    "--from", "least", type=click.IntRange(1, 10_000), default=1, show_default=True,
    text=Text("Thử từ số người này.", "The fewest officers to try."),
)  # fmt: skip
@option(
    "--to", "most", type=click.IntRange(1, 10_000), default=None,
    text=Text(f"Thử đến số người này (mặc định: hiện có thêm {MORE}).", f"The most to try (default: {MORE} more than today)."),
)  # fmt: skip
@dossiers_option
@study_options(30, "text", "json")
def size(
    scenario: str | None,
    role: str,
    division: str | None,
    below: str,
    least: int,
    most: int | None,
    dossiers: int | None,
    study: Study,
) -> None:
    """Try staffs and print the smallest that holds; exit 0 when one does, 1 when not even the largest does, 2 when stopped."""
    agency = study.agency()
    wanted = study.scenario(agency, scenario, dossiers)
    check_sizable(agency.org, wanted)
    seat, bound = seat_of(agency.org, role, division), share(below)
    present, new = officers(agency.org, wanted, role, seat)
    most = len(present) + new + MORE if most is None else most
    if least > most:
        raise BadValue(
            Text(f"'--from {least}' lớn hơn '--to {most}'; hãy xem lại", f"'--from {least}' is more than '--to {most}'")
        )
    if study.replications < 2:
        raise BadValue(Text("'--replications' phải từ 2 để có khoảng tin cậy", "'--replications' must be 2 or more"))
    with study.crew() as by:
        trials = Trials(by, agency, wanted, (role, seat), bound, study.seeds)
        found = smallest(trials.holds, least, most)
        _write(trials, role, seat, found, study.form)
    click.get_current_context().exit(0 if found is not None else 1)


class Trials:
    """Staffs of one role at one seat, tried one after the other; each is run for the same seeds."""

    def __init__(
        self, by: Crew, agency: Agency, scenario: Scenario, post: tuple[str, str], bound: Decimal, seeds: Sequence[int]
    ) -> None:
        self.agency = agency
        self.bound = bound
        self.tried: list[Size] = []
        self.results: dict[int, Result] = {}
        self._by, self._scenario, self._post, self._seeds = by, scenario, post, seeds

    def holds(self, count: int) -> bool:
        """Whether so many officers are enough, said on standard error; Abort where Ctrl-C leaves that open."""
        scenario = of_size(self.agency.org, self._scenario, *self._post, count)
        ran = run_tasks(self._by, [tasks_of(self.agency.library.folder, scenario, self._seeds)])
        if ran.stopped:
            raise click.Abort
        result = result_of(self.agency, scenario, ran.outcomes[0], len(self._seeds))
        upper = result.summary.late_share_upper
        enough = upper is not None and upper < self.bound
        self.tried.append(Size(count, result.summary.late_share, enough, upper))
        self.results[count] = result
        click.echo(_line(self.tried[-1]).to(lang_of()), err=True)
        return enough


def _line(tried: Size) -> Text:
    vi, en = (interval(tried.late_share, lang) for lang in ("vi", "en"))
    upper_vi, upper_en = ("-" if tried.upper is None else told(tried.upper, lang) for lang in ("vi", "en"))
    verdict = Text("đủ", "enough") if tried.holds else Text("chưa đủ", "not enough")
    return Text(
        f"đã thử {tried.officers} người: trễ {vi}%, cận trên {upper_vi}%: {verdict.vi}",
        f"tried {tried.officers}: late {en}%, upper end {upper_en}%: {verdict.en}",
    )


def share(given: str) -> Decimal:
    """A bound in percent as people write it, 0.1% or 0,1%. BadValue for what is none between 0 and 100."""
    found = re.fullmatch(r"([0-9]{1,3}(?:[.,][0-9]{1,6})?)\s*%", given.strip())
    value = Decimal(found[1].replace(",", ".")) if found else Decimal(0)
    if not 0 < value <= 100:
        raise BadValue(
            Text(f"'{given}' không phải tỷ lệ; hãy ghi như 0,1%", f"'{given}' is no share; write it as 0.1%")
        )
    return value


def _write(trials: Trials, role: str, seat: str, found: int | None, form: str) -> None:
    org = trials.agency.org
    shown = trials.results[max(trials.results) if found is None else found]
    if form == "json":
        write_json(_as_json(trials, role, seat, found))
        return
    place = org.seat_title(seat)
    titles = [org.roles[role].title, *([place] if place else [])]
    who = ", ".join(title.to(lang_of()) for title in titles)
    click.echo(size_text(shown, trials.tried, who, f"{trials.bound:f}", lang_of()), nl=False)


def _as_json(trials: Trials, role: str, seat: str, found: int | None) -> dict[str, Any]:
    tried = [
        {
            "officers": one.officers,
            "holds": one.holds,
            "late_share": one.late_share.to_json(),
            "upper": None if one.upper is None else str(rounded(one.upper)),
        }
        for one in sorted(trials.tried)
    ]
    return {"role": role, "division": seat, "late_below": f"{trials.bound:f}", "enough": found, "tried": tried}
