"""The command line: `flowiso COMMAND`. Commands are imported when they are called, so `--help` stays quick."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module

import click

from .. import __version__
from ..text import Text
from .options import TextCommand, TextGroup, choose_lang, lang_of, lang_option, version_option

COMMANDS: dict[str, Text] = {
    "check": Text("Kiểm tra các tệp lưu đồ", "Check flow files"),
    "rule": Text("Danh mục quy tắc, hoặc trang của một quy tắc", "The rules, or the page of one"),
    "schema": Text("JSON Schema của tệp lưu đồ cho trình soạn thảo", "The flow file's JSON Schema for editors"),
    "prove": Text(
        "Chứng minh lưu đồ kịp thời hạn, hoặc đưa phản ví dụ", "Prove that the deadline can be kept, or show how not"
    ),
    "show": Text("Xem một lưu đồ và nguồn của từng dữ kiện", "Show a flowchart and where its facts come from"),
    "book": Text("Sổ lưu đồ: mọi lưu đồ trong một trang", "The book: every flowchart on one page"),
    "story": Text("Chạy các tình huống mẫu", "Run the stories, the quality officer's test cases"),
    "tour": Text("Đi thử mọi mũi tên của mỗi lưu đồ", "Drive each flow through every arrow"),
    "diff": Text("Hai lưu đồ khác nhau ở đâu", "What differs between two flowcharts"),
    "new": Text("Bản thảo đầu tiên của một lưu đồ", "The first draft of a flowchart"),
    "import-table": Text("Đọc bảng “Lưu đồ” của quyết định thành tệp", "Read a decision's table into a flow file"),
    "facts": Text("Dữ kiện còn giả định: bảng việc, và xác nhận", "Assumed facts: the worklist, and confirming them"),
    "publish": Text("Ban hành lưu đồ đã xác nhận đủ", "Publish flows whose facts are all confirmed"),
    "init": Text("Tạo thư mục lưu đồ của một cơ quan", "Set up the folder of an agency"),
    "catalogue": Text("Danh mục thủ tục theo lĩnh vực", "The procedures by field"),
    "shapes": Text("Nhóm các lưu đồ cùng hình dạng", "Group the flows by shape"),
    "due": Text("Tính ngày hẹn trả và giải thích từng ngày", "Compute a due date, explained day by day"),
    "submit": Text("Ghi một hồ sơ nộp trực tuyến", "Put down an online submission"),
    "receive": Text("Tiếp nhận hồ sơ", "Receive a dossier"),
    "move": Text("Chuyển một hồ sơ", "Move a dossier"),
    "dossier": Text("Xem một hồ sơ và nhật ký của nó", "Show a dossier and its log"),
    "paper": Text("In giấy tờ mà hồ sơ đã phát hành (mẫu 01-04)", "Print a form that a dossier has issued (01-04)"),
    "sheet": Text("Phiếu kiểm soát của một hồ sơ", "The control sheet of a dossier"),
    "register": Text("Sổ theo dõi hồ sơ của một kỳ", "The register of a period's dossiers"),
    "hand-over": Text("Giao lại hồ sơ của người nghỉ, chuyển công tác", "Reassign what somebody who leaves holds"),
    "ledger": Text("Sổ thời gian của một hồ sơ: mỗi phút thuộc về ai", "Whose each minute of a dossier was"),
    "simulate": Text("Mô phỏng một năm hồ sơ, hoặc nhiều năm", "Simulate a year of dossiers, or many"),
    "whatif": Text("Kịch bản khác đi thì sao: so từng cặp năm", "What other scenarios would change, year by year"),
    "size": Text("Cần ít nhất bao nhiêu người để không trễ", "How many officers are enough"),
    "compare-years": Text(
        "Hồ sơ thật của một năm, sống lại cách khác", "A year's real arrivals, lived again otherwise"
    ),
    "verify": Text(
        "Kiểm chứng nhật ký: không ai sửa, không ai làm trái", "Verify the logs: unaltered, and rightly made"
    ),
    "seal": Text("Niêm phong nhật ký trong ngày, giữ bên ngoài kho", "Seal the day's logs, to be kept outside"),
    "backup": Text("Sao lưu kho đang dùng, và thử khôi phục", "Copy a store in use, and try the copy"),
    "keep": Text("Giữ sẵn số tổng trong kho, trả lời ngay", "Keep totals in the store, to answer at once"),
    "upgrade": Text("Nâng cấu trúc kho cũ lên bản này", "Bring an old store to this FlowISO's schema"),
    "export-log": Text("Xuất nhật ký để kiểm chứng nơi khác", "Export the logs, to be verified elsewhere"),
    "migrate": Text("Chuyển hồ sơ sang lần ban hành khác", "Move running dossiers to another version"),
    "watch": Text("Hồ sơ quá hạn, sắp đến hạn, sai người giữ", "Dossiers overdue, due soon or in the wrong hands"),
    "faults": Text("Sự không phù hợp và hành động khắc phục", "Nonconformities and their corrective actions"),
    "misroutes": Text("Sổ chuyển nhầm: ai, cho ai, mất bao lâu", "Every misroute: by whom, to whom, at what cost"),
    "report": Text("Số liệu của một kỳ, tính từ nhật ký", "The figures of a period, computed from the log"),
    "export-figures": Text("Xuất dữ kiện thống kê thành Parquet", "Export the facts of statistics as Parquet"),
    "nation": Text(
        "Số liệu của nhiều cơ quan, từ dữ kiện đã xuất", "The figures of many agencies, from exported facts"
    ),
    "deliver": Text("Gửi sự kiện ra ngoài bằng webhook có ký", "Deliver events over signed webhooks"),
    "sync": Text("Hồ sơ theo trường của Cổng quốc gia, và đối soát", "Dossiers for the national portal; reconciling"),
    "serve": Text("Mở cửa HTTP cho phần mềm khác", "Serve other programs over HTTP"),
    "demo": Text("Dùng thử: một năm mô phỏng, có màn hình và API", "Try it: a simulated year with screens and API"),
    "key": Text("Khóa API của cửa HTTP: tạo, xem, thu hồi", "API keys of the HTTP door: make, list, revoke"),
}


class LazyGroup(TextGroup):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f".{name}", __name__), name)
        assert isinstance(command, TextCommand)
        return command

    def line_about(self, cmd_name: str, lang: str) -> str:
        """One line about a command, without importing it."""
        return COMMANDS[cmd_name].to(lang)


@click.group(
    cls=LazyGroup,
    text=Text(
        "FlowISO: lưu đồ thủ tục hành chính, hạn giải quyết đúng luật, số liệu từ nhật ký.",
        "FlowISO: flowcharts of administrative procedures, legally right deadlines, figures from the log.",
    ),
    example="flowiso simulate --year 2021 --dossiers 1000 --seed 1",
)
@lang_option
@version_option(__version__)
def group() -> None:
    """The `flowiso` command."""


def main() -> None:
    """Run the command line and end. Exit codes: 0 nothing wrong, 1 findings, 2 it couldn't be done."""
    code = run()
    if "granian" not in sys.modules:
        sys.exit(code)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)  # the server's own threads may still let go of objects: while the interpreter goes down that aborts


def run() -> int:
    """Run the command line: its exit code."""
    from ..errors import FlowISOError, reason

    if sys.stdout is None:
        choose_lang(sys.argv[1:])
        _fail(
            Text("không có chỗ để in: đầu ra chuẩn đã đóng", "nowhere to print: standard output is closed").to(
                lang_of()
            )
        )
        return 2
    _as_utf8()
    try:
        code = group.main(standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SystemExit as left:
        return int(left.code or 0)
    except FlowISOError as error:
        _fail(error.text.to(lang_of()) + _options(error))
        for finding in getattr(error, "findings", ()):
            click.echo(f"{finding.file}:{finding.line}: {finding.code} {finding.message.to(lang_of())}", err=True)
    except click.Abort:
        _fail(Text("đã dừng theo yêu cầu", "stopped on request").to(lang_of()))
    except click.ClickException as error:
        from .usage import usage_fault

        _fail(usage_fault(error).to(lang_of()))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        vi, en = reason(error)
        _fail(Text(f"không đọc hay ghi được: {vi}", f"can't read or write: {en}").to(lang_of()))
    return 2


def _as_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _options(error: Exception) -> str:
    """How what a verb still needs (`Incomplete`) is given here: ": --note … --record ground=…"."""
    missing = getattr(error, "missing", ())
    words = ["--note …" if name == "note" else f"--record {name}=…" for name in missing]
    return f": {' '.join(words)}" if words else ""


def _fail(message: str) -> None:
    click.echo(f"flowiso: {message}", err=True)
