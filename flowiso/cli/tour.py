"""`flowiso tour`: every arrow of each flow taken at least once by dossiers in the real engine, and the coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from ..app import Agency
from ..errors import BadValue
from ..library import load
from ..setting import Setting
from ..simulate.tour import Toured
from ..simulate.tour import tour as drive
from ..text import Text, number, percent, percent_shown
from .new_store import check_new, kept_new
from .options import command, flows_folder, flows_option, format_option, lang_of, option, write_json
from .places import flow_coded


@command(
    "tour",
    text=Text(
        "Cho hồ sơ thử đi qua chính bộ máy xử lý đến khi mọi mũi tên của từng lưu đồ được đi ít nhất một lần, rồi in độ phủ."
        " Mũi tên nào không đi được thì nêu tệp, dòng và vì sao. Không ghi mã thì đi mọi lưu đồ.",
        "Drive trial dossiers through the engine itself until every arrow of each flow was taken at least once, and print"
        " the coverage. An arrow that can't be taken is told with file, line and why. Without a code, every flow.",
    ),
    example="flowiso tour LTHH-13",
)
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@option(
    "--store", default=None,
    text=Text("Kho để giữ nhật ký, ví dụ sqlite:///di-thu.db (phải mới).", "Store to keep the log in (a new one)."),
)  # fmt: skip
@format_option("text", "json")
@flows_option
@click.pass_context
def tour(ctx: click.Context, codes: tuple[str, ...], store: str | None, form: str, flows: str | None) -> None:
    """Run `flowiso tour`: exit 1 when an arrow can't be taken."""
    library = load(flows_folder(flows))
    chosen = {flow.file: flow for flow in (flow_coded(library, code) for code in codes)}
    agency = Agency.of(library, chosen or None)
    if not agency.flows:
        folder = library.folder
        raise BadValue(
            Text(
                f"'{folder}' không có lưu đồ nào để đi thử; hãy xem lại --flows",
                f"'{folder}' holds no flow to drive through; check --flows",
            )
        )
    if store is not None:
        check_new(store, agency.org.agency, Setting())
    toured = list(drive(agency, chosen.values() or agency.flows))
    if store is not None:
        logs = ((dossier.case, dossier.moves) for one in toured for dossier in one.dossiers)
        kept_new(store, agency.org.agency, Setting(), logs).close()
    if form == "json":
        write_json(_as_json(toured))
    else:
        click.echo("\n".join(_as_text(toured, store)))
    ctx.exit(int(any(one.missed for one in toured)))


def _as_text(toured: Sequence[Toured], store: str | None) -> Iterator[str]:
    lang = lang_of()
    for one in toured:
        name = f"{one.flow.code} v{one.flow.version}"
        yield f"{name:<14} {_shares([one]).to(lang)}"
        yield from (f"  {line.to(lang)}" for line in _missed(one))
    vi, en = _shares(toured)
    rate = percent(sum(len(one.taken) for one in toured), sum(one.arrows for one in toured))
    head = Text(f"{number(len(toured))} lưu đồ", f"{number(len(toured), 'en')} flow{'s' if len(toured) != 1 else ''}")
    total = Text(
        f"{head.vi}: {vi}; độ phủ {percent_shown(rate)}", f"{head.en}: {en}; coverage {percent_shown(rate, 'en')}"
    )
    yield total.to(lang)
    if store:
        yield Text(f"Nhật ký ở {store}", f"The log is in {store}").to(lang)


def _missed(one: Toured) -> Iterator[Text]:
    """A line for each arrow not taken; one for the flow where no dossier could come in at all."""
    if one.missed and not one.dossiers:
        why = one.missed[0].why
        vi, en = f"không hồ sơ nào vào được: {why.vi}", f"no dossier can come in: {why.en}"
        yield Text(f"{one.flow.file}:1: {vi}", f"{one.flow.file}:1: {en}")
        return
    for missed in one.missed:
        place, title, step = f"{one.flow.file}:{missed.arrow.place.line}", missed.arrow.title, missed.step.title
        yield Text(
            f"{place}: không đi được '{title.vi}' từ bước '{step.vi}': {missed.why.vi}",
            f"{place}: can't take '{title.en}' from step '{step.en}': {missed.why.en}",
        )


def _shares(toured: Sequence[Toured]) -> Text:
    """Arrows taken of all, the dossiers it took and their moves."""
    arrows, dossiers = sum(one.arrows for one in toured), sum(len(one.dossiers) for one in toured)
    taken, moves = sum(len(one.taken) for one in toured), sum(one.moves for one in toured)
    return Text(
        f"{number(taken)}/{number(arrows)} mũi tên, {number(dossiers)} hồ sơ, {number(moves)} lượt",
        f"{number(taken, 'en')} of {number(arrows, 'en')} arrows, {number(dossiers, 'en')} dossiers, {number(moves, 'en')} moves",
    )


def _as_json(toured: Sequence[Toured]) -> dict[str, Any]:
    return {
        "flows": len(toured),
        "arrows": sum(one.arrows for one in toured),
        "taken": sum(len(one.taken) for one in toured),
        "dossiers": sum(len(one.dossiers) for one in toured),
        "results": [_row(one) for one in toured],
    }


def _row(one: Toured) -> dict[str, Any]:
    return {
        "flow": one.flow.code,
        "version": one.flow.version,
        "file": one.flow.file,
        "arrows": one.arrows,
        "taken": len(one.taken),
        "dossiers": [dossier.number for dossier in one.dossiers],
        "moves": one.moves,
        "missed": [
            {
                "step": missed.step.id,
                "action": missed.arrow.action,
                "line": missed.arrow.place.line,
                "reason": missed.why.to(lang_of()),
            }
            for missed in one.missed
        ],
    }
