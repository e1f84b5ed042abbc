"""`flowiso migrate`: move running dossiers to another version of their flow: the plan, carrying it out, taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import BadValue
from ..text import Text, many, moment
from .case import at_option, draft_option, file_bytes, moment_of, opened, store_option
from .options import command, flows_option, format_option, json_text, lang_of, option
from .output import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..engine import Engine
    from ..migrating import Difference, Undone
    from ..migration import Landing, Plan
    from ..model import Flow


@command(
    "migrate",
    text=Text(
        "Chuyển hồ sơ đang giải quyết sang lần ban hành khác của lưu đồ. --plan: từng hồ sơ rơi vào bước nào, có kịp hạn không"
        " (-o ghi kế hoạch). --apply KẾ-HOẠCH: chuyển các hồ sơ 'chuyển được', nếu không có gì khác lúc lập. --undo TỆP: chuyển"
        " lại những hồ sơ chưa đi tiếp. Hạn trả không đổi. Mã thoát 1: có hồ sơ mắc kẹt, cần người giữ khác, sẽ trễ, hoặc có"
        " khác biệt nên chưa chuyển.",
        "Move running dossiers to another version of their flow. --plan: where each lands and whether it can be in time (-o"
        " writes the plan). --apply PLAN: move those that fit, if nothing is otherwise than planned. --undo FILE: move back those"
        " that haven't gone on. Due dates stay. Exit 1: some are stranded, need another holder, would become late, or the plan"
        " doesn't hold any longer.",
    ),
    example="flowiso migrate LTHH-13 --to 2 --plan --map thu-ly=tham-tra --store sqlite:///mot-cua.db --flows so-cong-thuong",
)
@click.argument("code", required=False)
@option("--to", type=click.IntRange(1, 9999), text=Text("Lần ban hành chuyển sang.", "The version to move to."))
@option("--plan", "planning", is_flag=True, text=Text("Chỉ lập kế hoạch, không ghi gì.", "Plan only, write nothing."))
@option(
    "--map",
    "maps",
    multiple=True,
    metavar="OLD=NEW|FILE",
    text=Text(
        "Bước cũ ứng với bước mới nào, hoặc tệp mỗi dòng một cặp.",
        "Which step becomes which, or a file of a pair a line.",
    ),
)
@option(
    "--apply", "plan_file", type=click.Path(), metavar="PLAN", text=Text("Kế hoạch cần làm.", "The plan to carry out.")
)
@option(
    "--undo", "undo_file", type=click.Path(), metavar="FILE", text=Text("Tệp để chuyển lại.", "The file to take back.")
)
@option(
    "--rollback",
    type=click.Path(),
    text=Text(
        "Tệp để chuyển lại, --apply ghi trước khi làm (mặc định: KẾ-HOẠCH.rollback.json).",
        "The file for --undo, written by --apply beforehand (default: PLAN.rollback.json).",
    ),
)
@option("--by", metavar="ACCOUNT", text=Text("Lãnh đạo quyết định: quang.lds.", "The leader who decides: quang.lds."))
@option("--note", text=Text("Lý do, số quyết định.", "The reason, the number of the decision."))
@option(
    "-o",
    "--output",
    type=click.Path(),
    text=Text("Ghi kế hoạch (JSON) vào tệp này.", "Write the plan (JSON) to this file."),
)
@store_option
@at_option
@draft_option
@format_option("text", "json")
@flows_option
@click.pass_context
def migrate(
    ctx: click.Context,
    code: str | None,
    to: int | None,
    planning: bool,
    maps: tuple[str, ...],
    plan_file: str | None,
    undo_file: str | None,
    rollback: str | None,
    by: str | None,
    note: str | None,
    output: str | None,
    store: str,
    at: str | None,
    allow_draft: bool,
    form: str,
    flows: str | None,
) -> None:
    """Plan, carry out or take back; leave with 1 when something is in the way."""
    if [planning, plan_file is not None, undo_file is not None].count(True) != 1:
        raise BadValue(
            Text("hãy chọn đúng một: --plan, --apply hoặc --undo", "choose exactly one of --plan, --apply and --undo")
        )
    if not planning and (code is not None or to is not None or maps):
        raise BadValue(
            Text(
                "--apply và --undo lấy thủ tục, lần và bước ở trong tệp; hãy bỏ mã thủ tục, --to và --map",
                "--apply and --undo take procedure, version and steps from the file; leave out the code, --to and --map",
            )
        )
    moment_of(at)
    with opened(store, flows) as engine:
        work = _Work(engine, at, form, output)
        if plan_file is not None:
            who, why = _signed(by, note)
            ctx.exit(work.apply(plan_file, rollback or f"{plan_file}.rollback.json", who, why, allow_draft))
        if undo_file is not None:
            who, why = _signed(by, note)
            ctx.exit(work.undo(undo_file, who, why))
        if code is None or to is None:
            raise BadValue(
                Text("--plan cần mã thủ tục và --to LẦN", "--plan takes a procedure's code and --to VERSION")
            )
        ctx.exit(work.plan(code.upper(), to, _names(maps)))


def _signed(by: str | None, note: str | None) -> tuple[str, str]:
    if by is None or note is None:
        raise BadValue(
            Text(
                "hãy ghi --by lãnh đạo quyết định và --note lý do", "give --by, the leader who decides, and --note, why"
            )
        )
    return by, note


def _names(maps: Sequence[str]) -> dict[str, str]:
    """Steps and what they become, from `old=new` words and files of them, a pair a line; "#" begins a remark."""
    found: dict[str, str] = {}
    for given in maps:
        lines = [given] if "=" in given else file_bytes(given).decode("utf-8", "replace").splitlines()
        for number, line in enumerate(lines, 1):
            plain = line.partition("#")[0].strip()
            was, equals, now = (part.strip() for part in plain.partition("="))
            if not plain:
                continue
            if not (was and equals and now) or found.get(was, now) != now:
                place = f"'{given}'" if line is given else f"{given}:{number}"
                raise BadValue(
                    Text(
                        f"--map cần dạng BƯỚC-CŨ=BƯỚC-MỚI, mỗi bước cũ một lần; hãy sửa {place}",
                        f"--map takes OLD=NEW, each old step once; mend {place}",
                    )
                )
            found[was] = now
    return found


class _Work:
    """What the command does with one store at one moment."""

    def __init__(self, engine: Engine, at: str | None, form: str, output: str | None) -> None:
        from datetime import datetime

        from ..worktime import TZ, instant

        self.flows, self.store = engine.flows, engine.store
        self.at = instant(moment_of(at) or datetime.now(TZ))
        self.json = form == "json"
        self.output = output

    def plan(self, code: str, to: int, names: dict[str, str]) -> int:
        """Plan and show it."""
        from .. import migrating, migration
        from ..app import Agency

        assert isinstance(self.flows, Agency)
        self.flows.library.find(code)  # of a code that nobody knows it tells the one that is like it
        flow = self._flow(code, to)
        found = migration.plan(self.flows, flow, migrating.dossiers(self.flows, self.store, code), self.at, names)
        self._keep(found)
        if not self.json:
            click.echo("\n".join(_plan_lines(found)))
        elif self.output is None:
            self._show_json(found)
        return int(found.blocked)

    def _flow(self, code: str, version: int) -> Flow:
        """The version to move to. Raises UnknownFlow."""
        return self.flows.table(code, version, _year(self.at)).flow

    def _keep(self, plan: Plan) -> None:
        from ..migrationfile import plan_json

        if self.output is not None:
            write(json_text(plan_json(plan, lang_of())), self.output)

    def _show_json(self, plan: Plan) -> None:
        from ..migrationfile import plan_json

        click.echo(json_text(plan_json(plan, lang_of())))

    def apply(self, file: str, rollback: str, by: str, note: str, allow_draft: bool) -> int:
        """Carry a plan out, unless something is otherwise now."""
        from .. import migrating, migration
        from ..errors import DraftFlow
        from ..migrationfile import read_plan

        planned = read_plan(file_bytes(file), file)
        self._check_agency(planned.agency, file)
        flow = self._flow(planned.code, planned.to)
        if flow.status == "draft" and not allow_draft:
            raise DraftFlow(
                Text(
                    f"{flow.code} lần {flow.version} còn là bản thảo; hãy ban hành trước, hoặc ghi --allow-draft",
                    f"{flow.code} version {flow.version} is a draft; publish it first, or give --allow-draft",
                )
            )
        running = migrating.dossiers(self.flows, self.store, planned.code)
        now = migration.plan(self.flows, flow, running, self.at, planned.names)
        found = migrating.differences(planned.landings, now)
        if found:
            self._keep(now)
            return self._differs(found)
        _keep_rollback(planned, rollback)
        moved = [
            name for names in migrating.apply(self.flows, self.store, now, running, by=by, note=note) for name in names
        ]
        self._tell_applied(planned, moved, rollback)
        return 0

    def _check_agency(self, agency: str, file: str) -> None:
        here = self.flows.org.agency
        if agency != here:
            raise BadValue(
                Text(
                    f"'{file}' là của cơ quan {agency}, không phải {here}; hãy ghi đúng --flows",
                    f"'{file}' is of agency {agency}, not {here}; give the right --flows",
                )
            )

    def _differs(self, found: Sequence[Difference]) -> int:
        lang = lang_of()
        if self.json:
            rows = [
                {"number": one.number, "planned": one.was and _brief(one.was), "now": one.now and _brief(one.now)}
                for one in found
            ]
            click.echo(json_text({"differences": rows}))
            return 1
        for one in found:
            was, now = (_brief_text(each) for each in (one.was, one.now))
            click.echo(f"{one.number}  {was.to(lang)} → {now.to(lang)}")
        kept = Text(f"; kế hoạch mới ở {self.output}", f"; the new plan is in {self.output}") if self.output else _NONE
        vi, en = (
            f"{len(found)} hồ sơ khác lúc lập kế hoạch nên chưa chuyển gì",
            f"{many(len(found), 'dossier differs', 'dossiers differ')} from the plan",
        )
        todo = Text(
            "hãy xem lại và lập kế hoạch mới (--plan -o)", "nothing was moved: look at them and plan again (--plan -o)"
        )
        click.echo(Text(f"{vi}{kept.vi}; {todo.vi}", f"{en}{kept.en}; {todo.en}").to(lang))
        return 1

    def _tell_applied(self, planned: Plan, moved: Sequence[str], rollback: str) -> None:
        before = planned.counts["fits"] - len(moved)
        left = len(planned.landings) - planned.counts["fits"]
        if self.json:
            click.echo(json_text({"moved": list(moved), "moved_before": before, "left": left, "rollback": rollback}))
            return
        click.echo(
            Text(
                f"đã chuyển {len(moved)} hồ sơ sang lần {planned.to} (trước đó {before}), để lại {left};"
                f" chuyển lại bằng: flowiso migrate --undo {rollback}",
                f"{many(len(moved), 'dossier')} moved to version {planned.to} ({before} before), {left} left;"
                f" take it back with: flowiso migrate --undo {rollback}",
            ).to(lang_of())
        )

    def undo(self, file: str, by: str, note: str) -> int:
        """Take a migration back, as far as the dossiers haven't gone on."""
        from .. import migrating
        from ..migrationfile import read_rollback

        agency, code, to, entries = read_rollback(file_bytes(file), file)
        self._check_agency(agency, file)
        running = migrating.dossiers(self.flows, self.store, code)
        done = migrating.undo(self.flows, self.store, entries, running, to, by=by, note=note, at=self.at)
        self._tell_undone(done)
        return int(bool(done.kept))

    def _tell_undone(self, done: Undone) -> None:
        lang = lang_of()
        if self.json:
            kept = [{"number": number, "message": text.to(lang)} for number, text in done.kept]
            click.echo(json_text({"back": list(done.back), "untouched": list(done.untouched), "kept": kept}))
            return
        for number, text in done.kept:
            click.echo(f"{number}  {text.to(lang)}")
        back, untouched, left = (len(each) for each in done)
        click.echo(
            Text(
                f"đã chuyển lại {back} hồ sơ; {untouched} không phải chuyển; {left} giữ nguyên",
                f"{many(back, 'dossier')} moved back; {untouched} needn't be; {many(left, 'stays', 'stay')}",
            ).to(lang)
        )


_NONE = Text("", "")


def _year(at: int) -> int:
    from ..worktime import local

    return local(at).year


def _keep_rollback(planned: Plan, file: str) -> None:
    """Write how to take the plan back before anything is moved; the file of a first, broken-off run is the same and stays."""
    from ..migrating import backs
    from ..migrationfile import rollback_json

    made = json_text(rollback_json(planned, backs(planned.landings))) + "\n"
    if Path(file).exists():
        if file_bytes(file) != made.encode():
            raise BadValue(
                Text(
                    f"'{file}' đã có và là của kế hoạch khác; hãy chọn tệp khác bằng --rollback",
                    f"'{file}' is there and belongs to another plan; choose another file with --rollback",
                )
            )
        return
    write(made, file)


def _brief(one: Landing) -> dict[str, object]:
    return {name: getattr(one, name) for name in ("seq", "version", "step", "to", "holder", "verdict")}


def _brief_text(one: Landing | None) -> Text:
    from ..migration import VERDICTS

    if one is None:
        return Text("không còn trong diện chuyển", "not to be moved")
    said = VERDICTS[one.verdict]
    way = f"{one.step} → {one.to or '?'}, {one.holder}"
    return Text(f"[{said.vi}: {way}]", f"[{said.en}: {way}]")


def _plan_lines(plan: Plan) -> Iterator[str]:
    """The dossiers by verdict, the worst first, and the counts."""
    from ..migration import VERDICTS

    lang = lang_of()
    yield Text(
        f"{plan.code}: {len(plan.landings)} hồ sơ đang giải quyết, chuyển sang lần {plan.to}",
        f"{plan.code}: {many(len(plan.landings), 'running dossier')}, to version {plan.to}",
    ).to(lang)
    for verdict, title in VERDICTS.items():
        for one in plan.landings:
            if one.verdict == verdict:
                yield from _landing_lines(one, title, lang)
    counts = ((VERDICTS[verdict], count) for verdict, count in plan.counts.items())
    yield "; ".join(f"{title.to(lang)}: {count}" for title, count in counts)


def _landing_lines(one: Landing, title: Text, lang: str) -> Iterator[str]:
    due, due_after = _shown(one.due), _shown(one.due_after)
    dates = due if one.to is None or due == due_after else f"{due} → {due_after}"
    step_due, after = _shown(one.step_due), _shown(one.step_due_after)
    limits = step_due if one.to is None or step_due == after else f"{step_due} → {after}"
    hold = Text(f"hạn trả {dates}, hạn bước {limits}", f"due {dates}, step due {limits}")
    yield (
        f"  {title.to(lang)}  {one.number}  v{one.version} {one.step} → {one.to or '?'}  {one.holder}  {hold.to(lang)}"
    )
    remedy = f"; {one.remedy.to(lang)}" if one.remedy.to(lang) else ""
    yield f"      {one.reason.to(lang)}{remedy}"


def _shown(at: int | None) -> str:
    from ..worktime import local

    return "-" if at is None else moment(local(at))
