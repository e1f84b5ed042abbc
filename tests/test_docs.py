"""README and docs are executed as they stand, and so is the example of every command's help."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from versions import agency_of_two

import flowiso
from flowiso.cli import COMMANDS, group
from flowiso.cli.options import EXIT_CODES, TextCommand

ROOT = Path(__file__).parent.parent


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with the flows beside, and no setting of the caller's."""
    (tmp_path / "flows").symlink_to(ROOT / "flows")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLOWISO_LANG", raising=False)
    return tmp_path


def run(line: str) -> Result:
    """One command line beginning with `flowiso`."""
    words = shlex.split(line, comments=True)
    assert words[0] == "flowiso"
    return CliRunner().invoke(group, words[1:], catch_exceptions=False)


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_readme_commands(place: Path) -> None:
    """Every `$ flowiso` line of the README runs, and none finds anything wrong."""
    lines = [
        line[2:] for block in blocks("README.md", "console") for line in block.splitlines() if line.startswith("$ ")
    ]
    assert len(lines) >= 8
    for line in lines:
        result = run(line)
        assert result.exit_code == 0, (line, result.output)


def test_readme_embedding_example(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The embedding example is at most 25 lines of code and does what its comments say."""
    (block,) = blocks("README.md", "python")
    assert len([line for line in block.splitlines() if line.strip()]) <= 25
    exec(compile(block, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "000.00.19.H19-210914-0001" in shown
    assert "hẹn trả 2021-09-28 17:00:00+07:00" in shown
    assert "tài khoản 'hung.ktnl' thuộc 'ktnl', còn bước này thuộc 'qltm'" in shown
    assert "tiếp nhận 1, đã giải quyết 0, đang giải quyết 1" in shown


EMBEDDING = ("docs/embedding.md", "docs/embedding.vi.md")


def test_embedding_page(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The blocks of docs/embedding.md run one after the other, the first of them in ten lines; from the wheel, and in both
    languages, tests/test_wheel.py runs them."""
    python = blocks(EMBEDDING[0], "python")
    assert len([line for line in python[0].splitlines() if line.strip()]) <= 10
    names: dict[str, Any] = {}
    for number, block in enumerate(python, 1):
        exec(compile(block, f"embedding.md, block {number}", "exec"), names)
    shown = capsys.readouterr().out
    assert "000.00.19.H19-210914-0001 - hẹn trả 2021-09-28 17:00:00+07:00" in shown
    assert '"type": "vn.flowiso.dossier.received"' in shown
    assert "2021-02-19 17:00:00+07:00" in shown


def test_embedding_page_in_both_languages() -> None:
    """Section by section the same code but for its comments, the same rows, links and rules, and no name left out."""
    english, vietnamese = (re.split(r"^## ", _page(page), flags=re.MULTILINE)[1:] for page in EMBEDDING)
    assert len(english) == len(vietnamese) == 16
    for one, other in zip(english, vietnamese, strict=True):
        assert one.split(maxsplit=1)[0].rstrip(".").isdigit() == other.split(maxsplit=1)[0].rstrip(".").isdigit()
        assert _code(one) == _code(other), one[:30]
        for pattern in (r"^\|(?= `)|^- ", r"\]\(.*?\)", r"\bR\d+"):
            first, second = (sorted(re.findall(pattern, text, re.MULTILINE)) for text in (one, other))
            assert first == second, (one[:30], pattern)
        first, second = (set(re.findall(r"`[^`\n]+`", _FENCED.sub("", text))) for text in (one, other))
        assert first <= second, one[:30]


_FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _code(section: str) -> list[str]:
    """The code in a section without its comments."""
    return [
        ast.dump(ast.parse(block)) if language == "python" else re.sub(r" +# .*", "", block)
        for language, block in _FENCED.findall(section)
    ]


def test_embedding_page_names_every_extra() -> None:
    """Those for users, and the wheel by the name it has."""
    project = tomllib.loads(_page("pyproject.toml"))["project"]
    for page in map(_page, EMBEDDING):
        assert f'"./flowiso-{flowiso.__version__}-py3-none-any.whl[upgrade]"' in page
        rows = re.findall(r"^\| (`[a-z`, ]+`) \|", page.split("## 1.")[0], re.MULTILINE)
        named = {name for row in rows for name in re.findall(r"\w+", row)}
        assert named == project["optional-dependencies"].keys() - {"dev", "bench", "mutation"}


@pytest.mark.parametrize(
    ("page", "commands"),
    [
        ("nation", {"simulate", "export-figures", "nation"}),
        ("simulate", {"simulate", "whatif", "size", "compare-years"}),
        ("report", {"simulate", "report", "keep"}),
    ],
)
def test_pages_with_commands(page: str, commands: set[str], place: Path) -> None:
    """Every command line of docs/simulate.md, docs/report.md and docs/nation.md runs."""
    lines = [line[2:] for block in blocks(f"docs/{page}.md", "console") for line in block.splitlines()]
    assert commands <= {line.split()[1] for line in lines}
    for line in lines:
        result = run(line)
        assert result.exit_code == 0, (line, result.output)


def receivers_of(place: Path) -> None:
    """A file of receivers as docs/webhooks.md shows it, with secrets."""
    (block,) = blocks("docs/webhooks.md", "yaml")
    (place / "noi-nhan.yaml").write_text(block, encoding="utf-8")
    (place / "secrets").mkdir()
    for name in ("cong-dvc", "mot-cua"):
        (place / "secrets" / name).write_text(f"whsec_{'A' * 44}\n")
        (place / "secrets" / name).chmod(0o600)


def keys_of(_: Path) -> None:
    """A file of API keys."""
    run("flowiso key new --keys khoa.json --name thử --scope read")


FILES = {"deliver": receivers_of, "serve": keys_of}
"""What a command's example reads beside a store."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a small simulated year; the examples get a copy."""
    file = tmp_path_factory.mktemp("nam") / "mot-cua.db"
    run(f"flowiso simulate --year 2021 --dossiers 20 --store sqlite:///{file}")
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    return file


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_one_example_that_runs(name: str, place: Path, request: pytest.FixtureRequest) -> None:
    """The example of each `--help` leaves with 0."""
    command = group.get_command(click.Context(group), name)
    assert isinstance(command, TextCommand)
    if name in (
        "report",
        "watch",
        "misroutes",
        "faults",
        "verify",
        "seal",
        "export-log",
        "backup",
        "compare-years",
        "serve",
        "export-figures",
        "nation",
        "keep",
        "sync",
    ):
        shutil.copy(request.getfixturevalue("lived"), place / "mot-cua.db")
    if name == "nation":
        run("flowiso export-figures --store sqlite:///mot-cua.db --to so-lieu --as-of '2021-12-31 23:59:59'")
    if name in ("ledger", "move", "dossier", "hand-over", "paper", "sheet", "register", "deliver"):
        asked = "receive LTHH-13 --by lan.vp --at '2021-09-14 08:00'"
        run(f"flowiso {asked} --store sqlite:///mot-cua.db --new-store --allow-draft")
    if name == "migrate":
        agency_of_two(place / "so-cong-thuong")
        asked = "receive LTHH-13 --by lan.vp --at '2021-09-14 08:00' --flows so-cong-thuong"
        run(f"flowiso {asked} --store sqlite:///mot-cua.db --new-store --allow-draft")
    if name in FILES:
        FILES[name](place)
    if name == "upgrade":
        shutil.copy(ROOT / "tests/data/stores/schema1.sqlite", place / "mot-cua.db")
    if name == "import-table":
        run("flowiso show LTHH-13 --as csv -o lthh-13.csv")
    if name == "publish":
        run("flowiso init so-xay-dung --name 'Sở Xây dựng' --id H19.17 --example")
        found = json.loads(run("flowiso facts MAU-01 --flows so-xay-dung --format json").stdout)
        wanted = " ".join(f"--set {row['fact']}" for row in found["facts"] if row["blocks"])
        run(f"flowiso facts MAU-01 {wanted} --decision 'Quyết định 11/QĐ-SXD' --flows so-xay-dung")
    result = run(command.example)
    assert result.exit_code == 0, result.output
    for lang in ("vi", "en"):
        shown = run(f"flowiso {name} --lang {lang} --help").output
        assert " ".join(command.example.split()) in " ".join(shown.split())
        assert command.text.to(lang).split()[0] in shown
        assert EXIT_CODES.to(lang) in " ".join(shown.split())
        assert re.search(r"--format\b.*json", " ".join(shown.split()))


def test_every_command_is_in_the_readme() -> None:
    """A command nobody is told of is no command."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"flowiso {name}" in readme, name


def test_flow_file_page_names_every_key() -> None:
    """docs/flow-file.md documents every key the reader knows, and every kind of arrow and end."""
    from typing import get_args

    from flowiso.flowfile import ARROW, HEAD, ROW
    from flowiso.model import ArrowKind, EndKind

    page = (ROOT / "docs/flow-file.md").read_text(encoding="utf-8")
    for key in (*HEAD, *ROW, *ARROW, *get_args(ArrowKind), *get_args(EndKind)):
        assert f"`{key}`" in page, key


def test_json_page_names_every_key(place: Path) -> None:
    """docs/json.md documents every key the commands print."""
    page = (ROOT / "docs/json.md").read_text(encoding="utf-8")
    lines = (
        "check flows --format json",
        "rule FLW402 --format json",
        "catalogue --format json",
        "due --received 2021-02-05 --term 5wd --format json",
        "simulate --year 2021 --dossiers 30 --format json",
        "simulate --dossiers 30 --replications 2 --format json",
        "whatif dong-nai-2021 khong-chuyen-nham --dossiers 30 --replications 2 --format json",
        "size --role chuyen-vien --division qltm --late-below 5% --dossiers 30 --replications 2 --from 6 --to 6 --format json",
        "shapes --format json",
        "facts LTHH-13 --format json",
        "simulate --year 2021 --dossiers 300 --format json --store sqlite:///nam.db",
        "seal --store sqlite:///nam.db --format json",
        "sync --store sqlite:///nam.db --year 2021 --reconcile --format json",
        "verify --store sqlite:///nam.db --format json",
        "backup --store sqlite:///nam.db -o nam.bak --verify --format json",
        "watch --store sqlite:///nam.db --at 2021-05-12 --light all --notify --format json",
        "misroutes --store sqlite:///nam.db --year 2021 --format json",
        "faults --store sqlite:///nam.db --at 2021-12-31 --format json",
        "upgrade --store sqlite:///nam.db --format json",
        "keep --store sqlite:///nam.db --format json",
        "report --year 2021 --kept --store sqlite:///nam.db --format json",
        "report --recount --store sqlite:///nam.db --format json",
        "export-figures --store sqlite:///nam.db --to so-lieu --as-of '2021-12-31 23:59:59' --format json",
        "nation so-lieu --year 2021 --by field --by procedure --format json",
        "nation so-lieu --yearly officer --format json",
        "receive LTHH-13 --by lan.vp --at '2021-09-14 08:00' --new-store --allow-draft --store sqlite:///hs.db --format json",
        "paper 000.00.19.H19-210914-0001 --store sqlite:///hs.db --format json",
        "sheet 000.00.19.H19-210914-0001 --at '2021-09-14 08:30' --store sqlite:///hs.db --format json",
        "register --from 2021-09-01 --to 2021-09-30 --at '2021-10-01 08:00' --store sqlite:///hs.db --format json",
        "hand-over lan.vp --by dao.vp --to thao.vp --note nghỉ --at '2021-09-14 09:00' --store sqlite:///hs.db --format json",
    )
    for line in lines:
        for key in _keys(json.loads(run(f"flowiso {line}").stdout)):
            assert f"`{key}`" in page or re.fullmatch(r"level_[23]", key), (line, key)


def _keys(value: Any) -> set[str]:
    """The keys of JSON values, but for those that are ids: fields, codes and accounts, and the causes."""
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if not isinstance(value, dict):
        return set()
    named = {key: inner for key, inner in value.items() if re.fullmatch("[a-z_0-9]+", key)}
    inner = (row for key, row in named.items() if not key.startswith("by_") and key != "late_by_cause")
    groups = (row for key in named if key.startswith("by_") for row in named[key].values())
    return set(named).union(*map(_keys, inner), *map(_keys, groups))
