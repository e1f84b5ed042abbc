"""The command line as a person and a script meet it: languages, exit codes, JSON contracts, quick start."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flowiso.cli import COMMANDS, group, main
from flowiso.errors import reason
from flowiso.library import bundled, load
from flowiso.model import Flow
from flowiso.render.catalogue import KEYS
from flowiso.render.flow import as_text
from flowiso.scaffold import init

ROOT = Path(__file__).parent.parent
SHIPPED = load(bundled())
REPORT_KEYS = {
    "received", "carried_over", "resolved", "open", "open_in_time", "open_overdue", "early", "on_time", "late", "in_time",
    "no_term", "withdrawn", "stopped", "refused_intake", "in_time_rate", "late_rate", "objective_rate", "online",
    "online_rate", "misrouted", "late_by_cause", "by_field", "by_procedure", "by_officer",
}  # fmt: skip


def run(*words: str) -> Result:
    """A command that must not raise."""
    return CliRunner().invoke(group, list(words), catch_exceptions=False)


def as_json(*words: str) -> Any:
    """The JSON a command prints."""
    result = run(*words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def process(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The installed command as a process of its own."""
    command = [sys.executable, str(ROOT / "cli.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | env, check=False, timeout=120)


def test_help_in_both_languages() -> None:
    """Vietnamese by default, English by option; every command with its line."""
    vi, en = run("--help").output, run("--lang", "en", "--help").output
    assert "Cách dùng" in vi
    assert "Usage" in en
    for name, text in COMMANDS.items():
        assert f"{name} " in vi
        assert text.vi in vi
        assert text.en in en


def test_help_imports_neither_sqlalchemy_nor_networkx_nor_transitions() -> None:
    """`--help` loads click and little else."""
    code = (
        "import sys; sys.argv = ['flowiso', '--help']\n"
        "from flowiso.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'networkx', 'transitions', 'yaml', 'flowiso.model'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_version() -> None:
    """`--version` says what runs."""
    from flowiso import __version__

    assert run("--version").output == f"flowiso {__version__}\n"


def test_due_as_the_issue_writes_it() -> None:
    """R75, R79: received before Tết 2021, five working days."""
    found = as_json("due", "--received", "2021-02-05 15:00", "--term", "5wd", "--format", "json")
    assert found["due"] == "2021-02-19T17:00:00+07:00"
    assert found["mode"] == "legal"
    assert isinstance(found["explanation"], list)


def test_catalogue_json() -> None:
    """The counts a report begins with (domain section 8): 116 procedures; internal processes are counted apart."""
    found = as_json("catalogue", "--format", "json")
    counted = {"procedures": 116, "fields": 15, "level_3": 23, "level_4": 93, "interconnected": 4, "internal": 16}
    assert {key: found[key] for key in counted} == counted
    for by in KEYS:
        codes = [code for group in found[f"by_{by}"].values() for code in group["codes"]]
        assert len(codes) == len(set(codes)) == 116
        assert sum(group["procedures"] for group in found[f"by_{by}"].values()) == 116
    assert {*found["internal_codes"]}.isdisjoint(codes)
    assert len(found["internal_codes"]) == 16
    assert "bản dựng lại" in found["note"]


@pytest.mark.parametrize("by", KEYS)
def test_catalogue_names_each_procedure_once(by: str) -> None:
    """However it is grouped, each procedure has one line, and the reader is told that the list is a reconstruction."""
    shown = run("catalogue", "--by", by).output
    codes = re.findall(r"(?m)^  ([A-Z]+-\d+) ", shown)
    assert len(codes) == len(set(codes)) == 132
    assert "Danh mục 116 thủ tục là bản dựng lại" in shown


def test_large_groups_say_why(tmp_path: Path) -> None:
    """R67: procedures may share one process; more than ten of one shape need a reason, else the command leaves with 1."""
    flows = tmp_path / "flows"
    shutil.copytree(ROOT / "flows", flows)
    large = [group for group in as_json("shapes", "--format", "json") if len(group["flows"]) > 10]
    assert large
    assert all(group["reason"] for group in large)
    assert f"vì: {large[0]['reason']}" in run("shapes").output
    (flows / "_shapes.yaml").unlink()
    left = process("shapes", "--flows", str(flows))
    assert (left.returncode, left.stdout.count("chưa có lý do")) == (1, len(large))
    for text, said in (("reasons: {X-1: vì sao}", "không có lưu đồ X-1"), ("reason: {}", "_shapes.yaml có lỗi")):
        (flows / "_shapes.yaml").write_text(text, encoding="utf-8")
        told = process("shapes", "--flows", str(flows))
        assert (told.returncode, said in told.stderr) == (2, True)
    assert f"{flows / '_shapes.yaml'}:1: FLW002" in process("check", str(flows)).stdout


def test_show_prints_provenance() -> None:
    """Every fact says whether it was read or assumed, and from where."""
    shown = run("show", "LTHH-13").output
    assert "GIẢ ĐỊNH" in shown
    assert "Nghị định 105/2017/NĐ-CP" in shown
    found = as_json("show", "lthh-13", "--as", "json")
    assert found["deadline"] == "10wd"
    assert {fact["status"] for fact in found["facts"]} == {"read", "assumed"}


@pytest.mark.parametrize("flow", SHIPPED.flows, ids=lambda flow: flow.code)
def test_every_flow_is_shown_in_both_languages(flow: Flow) -> None:
    """No flow breaks the table; English titles are English."""
    assert flow.code in as_text(flow, SHIPPED.org, SHIPPED.words, "vi")
    assert "Where each fact comes from" in as_text(flow, SHIPPED.org, SHIPPED.words, "en")


def test_show_in_both_languages() -> None:
    """The command prints just that."""
    flow = SHIPPED.find("LTHH-13")
    assert run("show", "LTHH-13").output == as_text(flow, SHIPPED.org, SHIPPED.words, "vi") + "\n"
    assert run("--lang", "en", "show", "LTHH-13").output == as_text(flow, SHIPPED.org, SHIPPED.words, "en") + "\n"


def test_simulate_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Same arguments, same bytes, in processes with different hash seeds."""
    words = ("simulate", "--year", "2021", "--dossiers", "300", "--seed", "7", "--format", "json")
    first, second = process(*words, PYTHONHASHSEED="1"), process(*words, PYTHONHASHSEED="2")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert first.stderr == ""
    assert json.loads(first.stdout)["received"] == 300


def test_report_from_the_store_equals_what_was_printed(tmp_path: Path) -> None:
    """R92: with `--store` and then `report`, the same figures as printed without."""
    words = ("simulate", "--year", "2021", "--dossiers", "400", "--seed", "3", "--format", "json")
    store = f"sqlite:///{tmp_path / 'nam.db'}"
    printed, kept = as_json(*words), as_json(*words, "--store", store)
    assert printed == kept
    del printed["simulation"]
    assert printed == as_json("report", "--year", "2021", "--store", store, "--format", "json")
    assert printed.keys() >= REPORT_KEYS
    assert run("report", "--year", "2021", "--store", store).exit_code == 0


def test_simulate_refuses_a_store_in_use(tmp_path: Path) -> None:
    """A simulation is never mixed into other dossiers."""
    words = ("simulate", "--year", "2021", "--dossiers", "5", "--store", f"sqlite:///{tmp_path / 'nam.db'}")
    assert process(*words).returncode == 0
    again = process(*words)
    assert again.returncode == 2
    assert "đã có hồ sơ" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "LTHH-99"), "không có lưu đồ LTHH-99"),
        (("report", "--year", "2021", "--store", "sqlite:///khong-co.db"), "khong-co.db"),
        (("report", "--year", "2021", "--store", "mysql://x"), "sqlite:///"),
        (("simulate", "--year", "2035"), "2035"),
        (("simulate", "--year", "2021", "--dossiers", "0"), "ít nhất 1"),
        (("simulate", "--year", "2018", "--dossiers", "3"), "XTTM-01"),
        (("due", "--received", "hom qua", "--term", "5wd"), "hom qua"),
        (("due", "--received", "2021-02-05", "--term", "5 ngày"), "5 ngày"),
        (("due", "--received", "2027-02-05", "--term", "5wd"), "2027"),
        (("check", "khong-co"), "khong-co"),
        (("--flows",), ""),
        (("catalogue", "--flows", "tests"), "_org.yaml"),
    ],
)
def test_what_could_not_be_done_leaves_with_2(words: tuple[str, ...], said: str) -> None:
    """Exit 2, one message on standard error, no traceback."""
    result = process(*words)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_english_messages() -> None:
    """The same refusal in English."""
    assert "there is no flow LTHH-31; did you mean 'LTHH-17'?" in process("--lang", "en", "show", "LTHH-31").stderr


def test_main_is_the_installed_command() -> None:
    """`cli.py` and the console script are the same door."""
    assert main.__module__ == "flowiso.cli"


def test_without_a_command_the_help_is_shown() -> None:
    """Nobody gets a traceback for typing only the name, nor for `python -m flowiso`."""
    assert "Cách dùng" in process().stdout + process().stderr
    module = subprocess.run([sys.executable, "-m", "flowiso", "--version"], capture_output=True, text=True, check=False)
    assert module.stdout.startswith("flowiso ")


@pytest.mark.parametrize(
    ("words", "vi"),
    [
        (("bay",), "không có lệnh 'bay'; xem '"),
        (("chek",), "không có lệnh 'chek'; có phải 'check'?; xem '"),
        (("--lang", "en", "chek"), "'chek'; did you mean 'check'?; see '"),
        (("due", "--bay"), "không có tùy chọn '--bay'; xem '"),
        (("due", "--recieved", "x"), "không có tùy chọn '--recieved'; có phải '--received'?"),
        (("watch", "--level", "x"), "không có tùy chọn '--level'; xem '"),
        (("rule", "abc"), "không có quy tắc 'abc'; xem các mã bằng 'flowiso rule'"),
        (("nation",), "thiếu 'THƯ MỤC'"),
        (
            ("report", "--year", "2021", "--totals", "README.md"),
            "'README.md' không phải JSON; hãy cho tệp mà 'flowiso ",
        ),
        (("show", "LTHH-13", "--flows", "tests"), "'tests' không có _org.yaml nên không phải thư mục của cơ quan; hãy"),
        (("watch",), "thiếu '--store'"),
        (("report", "--year", "2021"), "hãy cho --store hoặc --totals"),
        (("simulate", "--year", "0"), "giá trị của '--year' không hợp lệ"),
        (("simulate", "--year", "nam"), "'--year' không hợp lệ: cần số nguyên từ 1900 đến 2999"),
        (("simulate", "--year"), "tùy chọn '--year' cần một giá trị"),
        (("due", "--policy", "foo"), "cần một trong restart, pause, none"),
        (("report", "--year", "2021", "--store", ""), "sqlite:///"),
    ],
)
def test_wrong_usage_is_said_in_vietnamese(words: tuple[str, ...], vi: str) -> None:
    """Exit 2 and where to read on."""
    result = process(*words)
    assert result.returncode == 2
    assert vi in result.stderr
    assert "Traceback" not in result.stderr


def test_odd_places(tmp_path: Path) -> None:
    """A loop of links, a pipe, a folder named like a file, an agency without flows, a full disk, a closed pipe."""
    import shutil

    agency = tmp_path / "flows"
    shutil.copytree(ROOT / "flows", agency, ignore=lambda at, names: [name for name in names if name[0] not in "_2"])
    shutil.rmtree(agency / "_plans")
    assert process("check", str(agency)).returncode == 0
    empty = process("simulate", "--year", "2021", "--flows", str(agency), "--store", f"sqlite:///{tmp_path / 'x.db'}")
    assert (empty.returncode, (tmp_path / "x.db").exists()) == (2, False)
    assert "không có lưu đồ nào" in empty.stderr
    (agency / "thu-muc.yaml").mkdir()
    (agency / "vong.yaml").symlink_to(agency / "vong.yaml")
    os.mkfifo(agency / "ong.yaml")
    found = process("check", str(agency))
    assert (found.returncode, found.stderr) == (1, "")
    for name in ("thu-muc", "vong", "ong"):
        assert f"{name}.yaml:1: FLW001" in found.stdout
    with Path("/dev/full").open("w") as full:
        broken = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "catalogue"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert broken.returncode == 2
    assert b"Traceback" not in broken.stderr
    piped = subprocess.run(
        f"{sys.executable} {ROOT / 'cli.py'} show LTHH-13 | head -1", shell=True, capture_output=True, check=False
    )
    assert piped.stderr == b""


def test_a_flow_with_errors_is_not_grouped(tmp_path: Path) -> None:
    """`shapes` and `catalogue` refuse a folder with errors and say where they are."""
    import shutil

    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    file = tmp_path / "flows" / "kdk" / "kdk-11.v1.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("tra-lai: thu-ly", "tra-lai: thu-li"), encoding="utf-8")
    for command in ("shapes", "catalogue"):
        result = process(command, "--flows", str(tmp_path / "flows"))
        assert result.returncode == 2
        assert "FLW201" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("check",), ("prove", "DIEN-09"), ("show", "LTHH-13"), ("book",), ("story",), ("diff", "LTHH-13", "LTHH-07"),
        ("rule",), ("schema",), ("catalogue",), ("due", "--received", "2021-02-05", "--term", "5wd"),
        ("new", "LTHH-20", "--like", "LTHH-13", "--dry-run"),
    ],
)  # fmt: skip
def test_without_standard_output_nothing_is_done(words: tuple[str, ...]) -> None:
    """Exit 2 and a line, no traceback, whether or not there is a place to say it."""
    command = 'exec "$0" "$@" >&-; exit 9'
    closed = subprocess.run(
        ["sh", "-c", command, sys.executable, str(ROOT / "cli.py"), *words], capture_output=True, text=True, check=False
    )
    assert (closed.returncode, closed.stdout) == (2, "")
    assert closed.stderr == "flowiso: không có chỗ để in: đầu ra chuẩn đã đóng\n"


def test_neither_output_nor_error_output() -> None:
    """Exit 2 all the same."""
    command = ["sh", "-c", 'exec "$0" "$@" >&- 2>&-', sys.executable, str(ROOT / "cli.py"), "rule"]
    assert subprocess.run(command, check=False).returncode == 2


@pytest.mark.parametrize(
    "words",
    [
        ("init", "so", "--name"),
        ("new", "LTHH-20", "--like", "LTHH-13", "--dry-run", "--title"),
        ("report", "--year", "2021", "--store"),
        ("due", "--received", "2021-02-05", "--term"),
        ("due", "--received", "2021-02-05", "--term", "5wd", "--supplement"),
    ],
)
def test_options_that_are_not_utf8(words: tuple[str, ...], tmp_path: Path) -> None:
    """Exit 2, the option named, nothing written."""
    command = [sys.executable, str(ROOT / "cli.py"), *words, b"S\xff"]
    env = os.environ | {"PYTHONIOENCODING": "utf-8"}
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, env=env, check=False)
    assert (found.returncode, found.stdout) == (2, b"")
    assert f"flowiso: giá trị của '{words[-1]}' không phải chữ UTF-8" in found.stderr.decode()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_file_names_that_are_not_utf8(tmp_path: Path, form: str) -> None:
    """A name from an old archive is shown with its bytes spelt out, on the screen and in a file."""
    file = Path(os.fsdecode(bytes(tmp_path) + b"/m\xff.yaml"))
    file.write_text("a: 1\n", encoding="utf-8")
    out = tmp_path / "out"
    found = process("check", str(file), "--format", form, "-o", str(out))
    assert (found.returncode, "Traceback" in found.stderr) == (1, False)
    assert "m%FF.yaml" in out.read_text(encoding="utf-8") or "m\\udcff" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("catalogue", "--flows", "flows/_org.yaml"), "giá trị của '--flows' không hợp lệ: cần một thư mục"),
        (("diff",), "thiếu 'MÃ|TỆP'"),
        (("catalogue", "a", "b"), "thừa tham số (a b)"),
        (("check", "--as-of", "31/02/2026"), 'Không hiểu ngày "31/02/2026"'),
        (("rule", "-o", "/nowhere/x"), "không ghi được '/nowhere/x': không có tệp hay thư mục này"),
        (("rule", "-o", "/tmp/" + "x" * 300), "tên tệp quá dài"),
        (("due", "--input", "/nowhere.csv"), "Không đọc được /nowhere.csv: không có tệp hay thư mục này."),
        (("book", "--on", "2001-01-01"), "01/01/2001 không có lưu đồ nào có hiệu lực"),
        (("show", "LTHH-13", "--on", "mai"), 'Không hiểu ngày "mai"'),
    ],
)  # fmt: skip
def test_the_right_thing_is_blamed_in_vietnamese(words: tuple[str, ...], said: str) -> None:
    """No English of the system or of click, no example of something else."""
    found = process(*words)
    assert (found.returncode, found.stdout) == (2, "")
    assert said in found.stderr
    assert not re.search(r"No such|Errno|too long|15:00.*--as-of", found.stderr)


def test_a_full_disk_is_told_in_vietnamese() -> None:
    """The reason has words of its own."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, str(ROOT / "cli.py"), "rule"]
        broken = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert broken.stderr == "flowiso: không đọc hay ghi được: ổ đĩa đã đầy; hãy xóa bớt tệp\n"


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EIO])
def test_reasons_of_the_system(number: int) -> None:
    """Each common reason in both languages, without the system's own English in the Vietnamese."""
    said = reason(OSError(number, os.strerror(number)))
    assert os.strerror(number) not in said.vi
    assert said.vi != said.en


def test_a_reason_nobody_foresaw() -> None:
    """The number and the system's words, to look it up."""
    assert reason(OSError(errno.EPROTO, "Protocol error")).vi == f"hệ điều hành báo lỗi {errno.EPROTO} (Protocol error)"


@pytest.mark.parametrize("name", [*COMMANDS, ""])
def test_help_speaks_one_language(name: str) -> None:
    """Click's own words are translated in usage, values and defaults, and left alone in English."""
    words = [name] if name else []
    vi, en = run(*words, "--help").output, run("--lang", "en", *words, "--help").output
    assert "[TÙY CHỌN]" in vi
    assert not re.search(
        r"\[default:|required\]|OPTIONS|INTEGER|DIRECTORY|\b(TEXT|DATE|CODE|PATH|FILE)\b", vi.split("\n\n")[0]
    )
    assert not re.search(r"\[default:|required\]|INTEGER|DIRECTORY|  --\w+ (TEXT|DATE|CODE|PATH)\b", vi)
    assert "[OPTIONS]" in en
    assert "mặc định:" not in en


def test_an_unknown_language_is_said() -> None:
    """FLOWISO_LANG=xx is Vietnamese, and said; --lang is heard before it."""
    assert process("--version", FLOWISO_LANG="xx").stderr == "FLOWISO_LANG=xx: chỉ có vi và en; dùng vi\n"
    assert process("--lang", "en", "--version", FLOWISO_LANG="xx").stderr == ""
    assert process("--version", FLOWISO_LANG="").stderr == ""


def test_an_empty_book_is_refused(call: Any, tmp_path: Path) -> None:
    """Exit 2, nothing written: an agency without flows, a day before the first."""
    init(tmp_path / "a", None, None, example=False)
    book = tmp_path / "so.html"
    code, out, err = call("book", tmp_path / "a", "-o", book)
    assert (code, out, "chưa có lưu đồ nào" in err, book.exists()) == (2, "", True, False)
    code, out, err = call("book", "--on", "2001-01-01", "--format", "json", "-o", book)
    assert (code, out, "không có lưu đồ nào có hiệu lực" in err, book.exists()) == (2, "", True, False)


def test_a_seat_called_like_its_role_is_said_once(call: Any, tmp_path: Path) -> None:
    """`Lãnh đạo cơ quan` sits in `Lãnh đạo cơ quan`."""
    init(tmp_path / "a", None, None, example=True)
    out = call("show", "MAU-01", "--flows", tmp_path / "a")[1]
    assert "Lãnh đạo cơ quan\n" in out
    assert "Lãnh đạo cơ quan, Lãnh đạo cơ quan" not in out
