"""`flowiso import-table`: the table "Lưu đồ" of a decision becomes a flow file; what isn't clear is told with its cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ..errors import BadValue, UnknownFlow
from ..text import Text
from .options import command, flows_folder, flows_option, format_option, json_text, lang_of, option
from .output import out_option, write

if TYPE_CHECKING:
    from ..drafts import Draft
    from ..library import Library
    from ..model import Finding, Flow
    from ..tables import Grid, Imported


class Ground(NamedTuple):
    """The flow that a table is laid over: as read, its text, and where the result belongs."""

    flow: Flow
    data: bytes
    path: Path


@command(
    "import-table",
    text=Text(
        "Đọc bảng “Lưu đồ” của một quyết định (.csv, .xlsx, .docx) thành tệp lưu đồ của thủ tục MÃ. Bước, người giữ, thời gian,"
        " hướng chuyển, biểu mẫu lấy ở bảng; phần đầu lấy ở lưu đồ đang có. Chỗ không rõ thì báo đúng ô và không ghi gì.",
        "Read the table “Lưu đồ” of a decision (.csv, .xlsx, .docx) into the flow file of procedure CODE. Steps, holders, times,"
        " arrows and forms come from the table, the head from the flow that is there. What isn't clear is told with its cell,"
        " never guessed, and nothing is written.",
    ),
    example="flowiso import-table lthh-13.csv LTHH-13",
)
@click.argument("file", type=click.Path())
@click.argument("code")
@option(
    "--decision",
    metavar="TEXT",
    text=Text(
        "Quyết định có bảng này: dữ kiện trong bảng thành đã đọc ở đó; không có thì là giả định.",
        "The decision that holds the table: its facts are read there; without it they are assumed.",
    ),
)
@option("--table", type=click.IntRange(1), text=Text("Bảng thứ mấy trong tệp.", "Which table of the file, from 1."))
@option("--sheet", text=Text("Tên trang tính.", "Name of the worksheet."))
@option(
    "--like",
    "model",
    metavar="CODE|FILE",
    text=Text(
        "Khi cơ quan chưa có MÃ: lưu đồ để lấy phần đầu và các nhánh.",
        "Where the agency has no CODE: the flow whose head and branches are taken.",
    ),
)
@option("--title", text=Text("Tên thủ tục, khi dùng --like.", "Title of the procedure, with --like."))
@option("--field", text=Text("Lĩnh vực, khi dùng --like.", "Field, with --like."))
@option("--division", text=Text("Phòng, khi dùng --like.", "Division, with --like."))
@option(
    "--from", "since", metavar="DATE",
    text=Text("Ngày lần sau có hiệu lực, khi lần hiện có đã ban hành.", "The day the next version begins, if one is published."),
)  # fmt: skip
@format_option("text", "json")
@out_option
@flows_option
@click.pass_context
def import_table(ctx: click.Context, /, file: str, code: str, decision: str | None, table: int | None, sheet: str | None,
                 model: str | None, since: str | None, form: str, output: str | None, flows: str | None,
                 **head: str | None) -> None:  # fmt: skip
    """Print the flow file, or write it with `-o`; nothing when the table isn't clear.

    Leaves with 1 then, and also when the flow that the table makes is one that `flowiso check` finds errors in.
    """
    from ..library import load
    from ..tables import import_table as imported
    from ..tables.files import choose, read_grids

    grid = choose(read_grids(_bytes(file), file), file, table, sheet)
    library = load(flows_folder(flows))
    ground = _ground(library, code, model, head, since, grid)
    if output is not None:
        _refuse_other(library, ground.flow, output)
    result = imported(grid, ground.flow, ground.data, library.org, library.words, decision, lang_of())
    findings = [*result.findings, *_faults(library, ground, result, grid)]
    if result.text is not None and output is not None:
        write(result.text, output)
    _tell(form, result.text, findings, output, ground.path)
    ctx.exit(1 if any(finding.level == "error" for finding in findings) else 0)


def _refuse_other(library: Library, flow: Flow, output: str) -> None:
    """Refuse to write a flow over the file of another one, or over anything else that an agency keeps (R65)."""
    from ..flowfile import read_flow
    from ..library import agency_folder, contents

    path = Path(output)
    if not path.is_file():
        return
    there, _ = read_flow(contents(path), output, library.words)
    named = there is not None and there.code != ""
    if there and named and (there.code, there.version) == (flow.code, flow.version):
        return
    if named or agency_folder(path.absolute().parent):
        own = _edition(flow)
        vi, en = _edition(there) if there and named else Text("cơ quan", "the agency")
        raise BadValue(
            Text(
                f"'{output}' là tệp của {vi}, không phải của {own.vi}, nên không ghi đè; hãy chọn tệp khác sau -o",
                f"'{output}' is a file of {en}, not of {own.en}, and isn't written over; give another file to -o",
            )
        )


def _edition(flow: Flow) -> Text:
    return Text(f"{flow.code} lần {flow.version}", f"{flow.code} version {flow.version}")


def _bytes(file: str) -> bytes:
    """A table file, as far as one may be large; BadValue when it can't be opened."""
    from ..tables.files import MAX_MIB, suffix

    most = MAX_MIB[suffix(file)] << 20
    path = Path(file)
    if not path.is_file():
        raise BadValue(Text(f"không có tệp '{file}'; hãy xem lại tên", f"there is no file '{file}'; check its name"))
    with path.open("rb") as opened:
        return opened.read(most + 1)


def _ground(
    library: Library, code: str, model: str | None, head: dict[str, str | None], since: str | None, grid: Grid
) -> Ground:
    """The agency's newest version where it is a draft, else the next version; a copy of `model` where there is none."""
    from ..library import contents

    try:
        flow = library.find(code)
    except UnknownFlow as error:
        return _new(library, code, model, head, grid, error)
    if model or any(head.values()):
        raise BadValue(
            Text(
                f"{flow.code} đã có nên phần đầu lấy ở {flow.file}; --like, --title, --field, --division chỉ cho thủ tục mới",
                f"{flow.code} is there, its head is that of {flow.file}; --like, --title, --field, --division are for new ones",
            )
        )
    if flow.status == "draft":
        if since is not None:
            raise BadValue(
                Text(
                    f"--from: {flow.code} còn là bản thảo, không có lần sau; hãy bỏ --from",
                    f"--from: {flow.code} is a draft still; leave --from out",
                )
            )
        return Ground(flow, contents(Path(flow.file)), Path(flow.file))
    from ..scaffold import next_version
    from .due import day

    return _drafted(library, next_version(library, flow.code, day(since) if since else None)[0])


def _new(
    library: Library, code: str, model: str | None, head: dict[str, str | None], grid: Grid, error: UnknownFlow
) -> Ground:
    if model is None:
        vi = (
            "Nếu là thủ tục mới: bảng không cho biết căn cứ pháp lý, cơ quan quyết định, mức trực tuyến...;"
            " hãy chỉ một lưu đồ giống nó bằng --like MÃ, và --title, --field, --division"
        )
        en = (
            "If it is a new one: a table doesn't tell legal basis, deciding authority or online level;"
            " name a flow like it with --like CODE, and --title, --field, --division"
        )
        first, then = (said if said.endswith("?") else f"{said}." for said in error.text)
        raise BadValue(Text(f"{first} {vi}", f"{then} {en}")) from error
    from ..scaffold import like
    from ..tables.draft import stated_title
    from .new import model_flow

    given = head | {"title": head.get("title") or stated_title(grid)}
    return _drafted(library, like(library, code, *model_flow(library, model), given))


def _drafted(library: Library, draft: Draft) -> Ground:
    """A draft that isn't written yet, as a flow."""
    from ..flowfile import read_flow

    data = draft.text.encode()
    flow, _ = read_flow(data, str(draft.path), library.words)
    assert flow is not None
    return Ground(flow, data, draft.path)


def _faults(library: Library, ground: Ground, result: Imported, grid: Grid) -> list[Finding]:
    """What `flowiso check` would call an error in the flow that the table makes, told at the row it stands in."""
    if result.text is None:
        return []
    from ..drafts import Draft, drafted, errors
    from ..flowfile import read_flow

    flow, _ = read_flow(result.text.encode(), str(ground.path), library.words)
    rows = sorted((step.place.line, result.rows.get(step.id)) for step in flow.steps) if flow else []
    found = errors(drafted(library, Draft(ground.path, result.text)), {str(ground.path)})
    lang = lang_of()
    return [one._replace(file=grid.where(*_row(rows, one.line)).to(lang), line=None, column=None) for one in found]


def _row(rows: list[tuple[int, tuple[int, int] | None]], line: int | None) -> tuple[int | None, int]:
    """The place of the step that a line of the flow file belongs to."""
    above = [at for first, at in rows if line is not None and first <= line]
    return above[-1] if above and above[-1] else (None, 0)


def _tell(form: str, text: str | None, findings: list[Finding], output: str | None, path: Path) -> None:
    from ..render.findings import as_text, finding_row

    lang = lang_of()
    if form == "json":
        rows = [finding_row(finding, lang) for finding in findings]
        written = output if text is not None else None
        click.echo(json_text({"path": str(path), "written": written, "text": text, "findings": rows}))
        return
    if findings:
        click.echo(as_text(1, findings, lang), err=text is not None)
    if text is None:
        click.echo(Text("Không ghi gì.", "Nothing was written.").to(lang), err=True)
    elif output is None:
        write(text, None)
    else:
        click.echo(Text(f"Đã ghi {output}", f"Wrote {output}").to(lang), err=True)
