"""`flowiso publish`: freeze versions whose facts are all confirmed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..text import Text
from .options import command, flows_option, format_option, lang_of, option, write_json
from .output import telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model import Flow
    from ..publishing import Release


@command(
    "publish",
    text=Text(
        "Ban hành lưu đồ: ghi quyết định, ngày hiệu lực, rồi khóa tệp trong _published.txt. Còn giả định, có lỗi, chưa chứng minh"
        " được kịp hạn hay không nối với lần trước thì không ghi gì và nêu hết những gì còn thiếu (mã thoát 1).",
        "Publish flows: write the decision and the day it takes effect, and freeze the files in _published.txt. With"
        " assumed facts, errors, a term that isn't proved or a gap to the version before, nothing is written, all of it is told"
        " (exit 1).",
    ),
    example='flowiso publish MAU-01 --decision "Quyết định 12/QĐ-SXD ngày 25/08/2026" --from 2026-09-01 --flows so-xay-dung',
)
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@option(
    "--decision",
    required=True,
    text=Text("Quyết định ban hành, có số, ngày.", "The issuing decision, number and date."),
)
@option(
    "--from",
    "since",
    required=True,
    metavar="DATE",
    text=Text("Ngày có hiệu lực: 2026-01-01.", "The day it takes effect."),
)
@option(
    "--dry-run", is_flag=True, text=Text("Chỉ in chỗ sẽ sửa, không ghi tệp nào.", "Print the changes, write nothing.")
)
@format_option("text", "json")
@flows_option
@click.pass_context
def publish(ctx: click.Context, codes: tuple[str, ...], decision: str, since: str, dry_run: bool, form: str,
            flows: str | None) -> None:  # fmt: skip
    """Publish all these flows or none; leave with 1 when something is in the way."""
    from ..drafts import write
    from ..library import load
    from ..publishing import publish as frozen
    from ..worktime import TZ
    from .due import day
    from .places import flow_coded, to_write_in

    library = load(to_write_in(flows))
    asked = list({flow.file: flow for flow in (flow_coded(library, code) for code in codes)}.values())
    today = library.org.as_of or datetime.now(TZ).date()
    release = frozen(library, asked, decision, day(since), today)
    written = bool(release.drafts) and not dry_run
    if written:
        write(release.drafts)
    for one in release.remarks:
        click.echo(f"{one.file}:{one.line}: {one.code} {one.message.to(lang_of())}", err=True)
    with telling(_done(asked) if written else None):
        if form == "json":
            write_json(_as_json(asked, release, dry_run))
        else:
            click.echo(_as_text(asked, release, dry_run))
    ctx.exit(1 if release.findings else 0)


def _done(flows: Sequence[Flow]) -> Text:
    names = ", ".join(f"{one.code} v{one.version}" for one in flows)
    return Text(
        f"đã ban hành và khóa {names}, chỉ không in được ra", f"{names} is published and frozen, only not printed"
    )


def _as_text(flows: Sequence[Flow], release: Release, dry_run: bool) -> str:
    lang = lang_of()
    if release.findings:
        lines = [f"{one.file}:{one.line}: {one.code} {one.message.to(lang)}" for one in release.findings]
        count = len(lines)
        things = "1 thing is" if count == 1 else f"{count} things are"
        head = Text(f"chưa ban hành được, còn {count} việc:", f"not published, {things} in the way:")
        return "\n".join([head.to(lang), *lines])
    if dry_run:
        return "".join(draft.diff() for draft in release.drafts).rstrip("\n")
    files = {str(draft.path): flow for draft, flow in zip(release.drafts, flows, strict=False)}
    told = [
        Text(f"Đã ban hành {one.code} v{one.version}: {file}", f"Published {one.code} v{one.version}: {file}")
        for file, one in files.items()
    ]
    seal = release.drafts[-1].path
    told.append(
        Text(
            f"Đã khóa trong {seal}; từ nay muốn sửa thì soạn lần sau",
            f"Frozen in {seal}; from now on a change is a new version",
        )
    )
    return "\n".join(text.to(lang) for text in told)


def _as_json(flows: Sequence[Flow], release: Release, dry_run: bool) -> dict[str, Any]:
    from ..render.findings import finding_row

    written = () if dry_run else release.drafts
    return {
        "published": [f"{one.code}@{one.version}" for one in flows if written],
        "written": [str(draft.path) for draft in written],
        "findings": [finding_row(one, lang_of()) for one in release.findings],
    } | ({"texts": [{"path": str(draft.path), "text": draft.text} for draft in release.drafts]} if dry_run else {})
