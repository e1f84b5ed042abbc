"""`flowiso facts`: which facts are assumed and why, which are read and where; and confirming them by a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue, FlowFileError
from ..text import Text
from .options import command, flows_option, format_option, json_text, lang_of, named, option, write_json
from .output import out_option, telling, write

if TYPE_CHECKING:
    from ..confirm import Confirmation, Confirmed
    from ..library import Library
    from ..model import Finding, Flow


@command(
    "facts",
    text=Text(
        "Dữ kiện nào giả định và vì sao, dữ kiện nào đã đọc và ở đâu; không ghi mã thì cả cơ quan, tức là bảng việc cần xác nhận."
        " --set xác nhận dữ kiện theo một quyết định; --apply đọc lại bảng CSV đã điền.",
        "Which facts are assumed and why, which are read and where; without a code all flows: the agency's worklist."
        " --set confirms facts by a decision; --apply reads back the CSV that was filled in.",
    ),
    example="flowiso facts LTHH-13 --assumed",
)
@click.argument("what", nargs=-1, metavar="[CODE|FILE]...")
@option("--assumed", is_flag=True, text=Text("Chỉ dữ kiện giả định.", "Assumed facts only."))
@option("--read", is_flag=True, text=Text("Chỉ dữ kiện đã đọc.", "Facts that were read only."))
@option(
    "--set", "wanted", multiple=True, metavar="FACT[=VALUE]",
    text=Text(
        "Xác nhận dữ kiện, kèm giá trị mới nếu có: --set deadline=15wd --set title. Danh sách thì ghi lại --set cho từng mục.",
        "Confirm a fact, with its new value if there is one: --set deadline=15wd --set title. Repeat it for the items of a list.",
    ),
)  # fmt: skip
@option(
    "--decision", text=Text("Quyết định xác nhận, có số, ngày.", "The decision that confirms, with number and date.")
)
@option(
    "--apply", "table", type=click.Path(), metavar="FILE",
    text=Text("Bảng CSV đã điền hai cột cuối.", "The CSV with its last two columns filled in."),
)  # fmt: skip
@option(
    "--dry-run", is_flag=True, text=Text("Chỉ in chỗ sẽ sửa, không ghi tệp nào.", "Print the changes, write nothing.")
)
@format_option("text", "json", "csv")
@out_option
@flows_option
def facts(what: tuple[str, ...], assumed: bool, read: bool, wanted: tuple[str, ...], decision: str | None,
          table: str | None, dry_run: bool, form: str, output: str | None, flows: str | None) -> None:  # fmt: skip
    """Print the facts, or confirm some; exit 2 and nothing written when that can't be done."""
    _refuse_together({"--assumed": assumed and read}, "không đi cùng --read", "doesn't go with --read")
    if not wanted and table is None:
        _refuse_together(
            {"--decision": decision, "--dry-run": dry_run}, "thiếu --set, --apply", "need --set or --apply"
        )
        write(_listed(what, "assumed" if assumed else "read" if read else None, form, flows), output)
        return
    alone = {"--assumed": assumed, "--read": read, "-o": output, "--format csv": form == "csv"}
    _refuse_together(alone, "không đi cùng --set, --apply", "doesn't go with --set, --apply")
    if table is not None:
        others = {"CODE": what, "--set": wanted, "--decision": decision}
        _refuse_together(others, "không đi cùng --apply", "doesn't go with --apply")
    try:
        changed, nothing = _set(what, wanted, decision, flows) if table is None else _applied(table, flows)
    except FlowFileError as error:
        if form == "json":
            write_json(_as_json((), dry_run, error.findings))
        raise
    _write(changed, dry_run)
    with telling(None if dry_run else _DONE):
        if form == "json":
            write_json(_as_json(changed, dry_run))
        else:
            click.echo("\n".join(_told(changed, dry_run)) or nothing.to(lang_of()))


def _refuse_together(given: Mapping[str, object], vi: str, en: str) -> None:
    if names := ", ".join(named(name) for name, value in given.items() if value):
        raise BadValue(Text(f"{names} {vi}", f"{names} {en}"))


# --- the worklist


def _listed(what: Sequence[str], status: str | None, form: str, flows: str | None) -> str:
    """The facts asked for, as text, JSON or CSV."""
    from ..facts import rows
    from ..render import worklist
    from .places import flow_named, home

    library = home(flows)
    asked = [flow_named(name, flows, library)[1] for name in dict.fromkeys(what)] or _all(library())
    found = [row for row in rows(asked) if status in (None, row.standing)]
    if form == "json":
        return json_text(worklist.as_json(asked, found, lang_of()))
    if form == "csv":
        return worklist.as_csv(found, lang_of())
    if what:
        return "\n\n".join(
            worklist.flow_text(flow, [row for row in found if row.flow is flow], lang_of()) for flow in asked
        )
    return worklist.as_text(library().org, asked, found, lang_of())


def _all(library: Library) -> list[Flow]:
    """Every flow of the agency; what can't be understood is said on stderr."""
    if faults := len({finding.file for finding in library.findings}):
        files = "1 file has" if faults == 1 else f"{faults} files have"
        text = Text(f"{faults} tệp có lỗi; xem 'flowiso check'", f"{files} faults; see 'flowiso check'")
        click.echo(text.to(lang_of()), err=True)
    return list(library.flows)


# --- confirming

_SAME = Text("đã xác nhận như vậy rồi, không có gì phải sửa", "confirmed so already, nothing to change")
_NOT_FILLED_IN = Text(
    "không ghi gì: bảng chưa điền hàng nào; hãy điền cột 'quyết định xác nhận'",
    "nothing written: no row of the table is filled in; fill in the column 'confirming decision'",
)
_DONE = Text("đã ghi xong các dữ kiện được xác nhận, chỉ không in được ra", "the facts are written, only not printed")


def _set(
    what: Sequence[str], wanted: Sequence[str], decision: str | None, flows: str | None
) -> tuple[Sequence[Confirmed], Text]:
    """What `--set` confirms in the flows named, and what to say where that is nothing."""
    from ..confirm import confirm

    if not what or not decision:
        raise BadValue(
            Text(
                "--set cần mã lưu đồ và --decision 'Quyết định ... ngày ...'",
                "--set needs the flow's code and --decision '...'",
            )
        )
    library, asked = _to_change(what, flows)
    confirmations = _confirmations(wanted, decision)
    return confirm(library, [(flow, confirmations) for flow in asked]), _SAME


def _confirmations(wanted: Sequence[str], decision: str) -> list[Confirmation]:
    """FACT or FACT=VALUE, of a list one for each item."""
    from ..confirm import Confirmation, is_list

    values: dict[str, list[str]] = {}
    for word in wanted:
        fact, given, value = word.partition("=")
        if fact in values and not (is_list(fact) and given and values[fact]):
            raise BadValue(Text(f"--set {fact} ghi hai lần; hãy giữ một", f"--set {fact} is given twice; keep one"))
        values.setdefault(fact, []).extend([value] if given else [])
    return [Confirmation(fact, "\n".join(items) if items else None, decision) for fact, items in values.items()]


def _to_change(what: Sequence[str], flows: str | None) -> tuple[Library, list[Flow]]:
    """The flows by code or file, with all the others of their agency to compare them with."""
    from ..library import contents, flows_of, load
    from .places import flow_coded, is_file, places, to_write_in

    files = [Path(name) for name in what if is_file(name)]
    for file in files:
        contents(file)  # what can't be opened is said so
    homes = [place.agency for place in places(files, flows)]
    homes += [to_write_in(flows)] if len(files) < len(what) else []
    if len({realpath(home) for home in homes}) > 1:
        raise BadValue(Text("mỗi lần chỉ sửa lưu đồ của một cơ quan", "change the flows of one agency at a time"))
    inside = {realpath(file): file for file in (*files, *flows_of(homes[0]))}
    library = load(homes[0], inside.values())
    found = [_in_file(library, name) if is_file(name) else flow_coded(library, name) for name in what]
    return library, list({flow.file: flow for flow in found}.values())


def _in_file(library: Library, name: str) -> Flow:
    for flow in library.flows:
        if realpath(flow.file) == realpath(name):
            return flow
    faults = [one for one in library.findings if realpath(one.file or "") == realpath(name)]
    raise FlowFileError(Text(f"'{name}' có lỗi; hãy sửa trước", f"'{name}' has faults; mend them first"), faults)


def _applied(table: str, flows: str | None) -> tuple[Sequence[Confirmed], Text]:
    """What a worklist that was filled in confirms, and what to say where that is nothing."""
    from ..library import contents, load
    from ..worklist import read_worklist
    from .places import to_write_in

    library = load(to_write_in(flows))
    worklist = read_worklist(contents(Path(table)), table, library)
    return worklist.confirm(library), _SAME if worklist.asked else _NOT_FILLED_IN


def _write(changed: Sequence[Confirmed], dry_run: bool) -> None:
    from ..drafts import write as write_drafts

    if changed and not dry_run:
        write_drafts(tuple(one.draft for one in changed))


def _as_json(changed: Sequence[Confirmed], dry_run: bool, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    from ..render.findings import finding_row

    return {
        "changed": [_row(one, dry_run) for one in changed],
        "findings": [finding_row(one, lang_of()) for one in findings],
    }


def _row(one: Confirmed, dry_run: bool) -> dict[str, Any]:
    row = {"code": one.flow.code, "version": one.flow.version, "facts": list(one.facts), "path": str(one.draft.path)}
    return {**row, "written": not dry_run} | ({"text": one.draft.text} if dry_run else {})


def _told(changed: Sequence[Confirmed], dry_run: bool) -> Iterator[str]:
    for one in changed:
        if dry_run:
            yield one.draft.diff().rstrip("\n")
            continue
        names = ", ".join(one.facts)
        yield Text(f"Đã xác nhận trong {one.draft.path}: {names}", f"Confirmed in {one.draft.path}: {names}").to(
            lang_of()
        )
    for one in changed:
        for fact, comment in one.comments:
            yield Text(
                f"{one.draft.path}: hãy xem lại ghi chú bên cạnh '{fact}': {comment}",
                f"{one.draft.path}: look at the comment beside '{fact}': {comment}",
            ).to(lang_of())
