"""`flowiso prove`: certificate or counterexample that every way through a flow keeps its deadline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ..errors import BadValue, FlowFileError
from ..library import Library, load
from ..term import Term
from ..text import Text
from .options import command, flows_folder, flows_option, format_option, lang_of, option, write_json
from .places import flow_coded, is_file, places

if TYPE_CHECKING:
    from ..calendar import Calendar
    from ..margins import Verdict
    from ..model import Flow
    from ..proof import Windows


@command(
    "prove",
    text=Text(
        "Chứng minh mọi đường đi của lưu đồ kịp thời hạn với mọi lúc nhận mà lịch biết, hoặc đưa phản ví dụ."
        " Mặc định: không trả lại, mỗi lần bổ sung, nộp phí, khắc phục nhiều nhất một lần, giao nhận không chờ;"
        " sau đó cho biết còn chịu được bao nhiêu.",
        "Prove that every way through a flow keeps its deadline for every receipt the calendar knows, or show a"
        " counterexample. By default nothing is sent back, each supplement, fee and repair is asked for at most once, and"
        " hand-overs don't wait; then says what more would fit.",
    ),
    example="flowiso prove LTHH-13 --ways",
)
@click.argument("what", nargs=-1, metavar="[CODE|PATH]...")
@option("--from", "since", type=click.IntRange(1900, 2999), text=Text("Năm nhận đầu tiên.", "First year of receipt."))
@option("--to", "until", type=click.IntRange(1900, 2999), text=Text("Năm nhận cuối cùng.", "Last year of receipt."))
@option(
    "--send-backs",
    type=click.IntRange(0, 9),
    default=0,
    show_default=True,
    text=Text("Buộc phải kịp cả khi bị trả lại bấy nhiêu lần.", "So many send-backs must fit."),
)
@option(
    "--wait",
    default="0wh",
    show_default=True,
    text=Text("Buộc phải kịp cả khi mỗi lần giao nhận chờ bấy lâu.", "So long a wait at every hand-over must fit."),
)
@option("--ways", is_flag=True, text=Text("Liệt kê từng đường với phần thừa.", "List every way with its slack."))
@format_option("text", "json")
@flows_option
@click.pass_context
def prove(
    ctx: click.Context,
    what: tuple[str, ...],
    since: int | None,
    until: int | None,
    send_backs: int,
    wait: str,
    ways: bool,
    form: str,
    flows: str | None,
) -> None:
    """Run `flowiso prove`: exit 1 when a deadline can be missed or can't be proved."""
    from ..render.proof import as_json, as_text

    proofs = [_proof(library, wanted, since, until, send_backs, wait) for library, wanted in _asked(flows, what)]
    if form == "json":
        rows = ((verdict, proof.windows.calendar) for proof in proofs for verdict in proof.verdicts)
        write_json([as_json(verdict, calendar, lang_of()) for verdict, calendar in rows])
    else:
        for proof in proofs:
            for verdict in proof.verdicts:
                click.echo("\n".join(as_text(verdict, proof.windows.calendar, lang_of(), ways)))
            named = f"{proof.folder}: " if len(proofs) > 1 else ""
            click.echo(named + _summary(proof.verdicts, proof.windows).to(lang_of()))
    ctx.exit(1 if any(verdict.failed for proof in proofs for verdict in proof.verdicts) else 0)


class Proof(NamedTuple):
    """What came out for the flows of one agency, over its own calendar."""

    folder: Path
    verdicts: list[Verdict]
    windows: Windows


def _proof(
    library: Library, wanted: list[Flow], since: int | None, until: int | None, send_backs: int, wait: str
) -> Proof:
    from ..library import load_calendar
    from ..margins import judge
    from ..proof import Windows

    calendar = load_calendar(library.folder)
    windows = Windows(calendar, *_period(calendar, since, until))
    seconds = _seconds(wait, windows.day)
    return Proof(library.folder, [judge(flow, library.org, windows, send_backs, seconds) for flow in wanted], windows)


def _period(calendar: Calendar, since: int | None, until: int | None) -> tuple[date, date]:
    """The days of receipt asked for; BadValue where the calendar doesn't know them."""
    known = calendar.first_known.year, calendar.last_known.year
    first, last = since or known[0], until or known[1]
    if not known[0] <= first <= last <= known[1]:
        raise BadValue(
            Text(
                f"--from {first} --to {last} không nằm trong lịch đã biết: {known[0]}-{known[1]}; hãy chọn năm trong đó",
                f"--from {first} --to {last} isn't within the known calendar: {known[0]}-{known[1]}; choose years of these",
            )
        )
    return date(first, 1, 1), date(last, 12, 31)


def _seconds(wait: str, day: int) -> int:
    """A wait in working seconds; 0wh is none."""
    if wait in ("0", "0wh", "0wd"):
        return 0
    term = Term.parse(wait)
    if term.unit not in ("wh", "wd"):
        raise BadValue(Text(f"--wait {wait}: cần wh hoặc wd, ví dụ 4wh", f"--wait {wait}: give wh or wd, such as 4wh"))
    return int(term.amount * (3600 if term.unit == "wh" else day))


def _asked(flows: str | None, what: tuple[str, ...]) -> Iterator[tuple[Library, list[Flow]]]:
    """The flows asked for, by code or path, each with its agency; all of the folder when nothing is named.

    Raises FlowFileError for a file that can't be proved because it can't be understood.
    """
    paths = [Path(name) for name in what if is_file(name) or Path(name).exists()]
    codes = [name for name in what if Path(name) not in paths]
    if codes or not paths:
        library = _readable(load(flows_folder(flows)))
        yield library, [flow_coded(library, code) for code in codes] or list(library.flows)
    for place in places(paths, flows):
        library = _readable(load(place.agency, place.files))
        yield library, list(library.flows)


def _readable(library: Library) -> Library:
    if library.findings:
        text = Text("tệp có lỗi, chưa chứng minh được", "the files have faults, nothing can be proved")
        raise FlowFileError(text, library.findings)
    return library


def _summary(verdicts: list[Verdict], windows: Windows) -> Text:
    termed = [verdict for verdict in verdicts if verdict.termed]
    kept = sum(not verdict.failed for verdict in termed)
    rest = len(verdicts) - len(termed)
    first, last = windows.span
    return Text(
        f"{kept}/{len(termed)} lưu đồ có thời hạn kịp hạn, dù nhận vào lúc nào từ {first:%d/%m/%Y} đến {last:%d/%m/%Y};"
        f" {rest} không có thời hạn",
        f"{kept} of {len(termed)} flows with a term keep it for every receipt from {first:%d/%m/%Y} to {last:%d/%m/%Y};"
        f" {rest} have no term",
    )
