"""FlowISO as a stranger gets it: the wheel, in an empty environment, as docs/embedding.md and docs/embedding.vi.md say.

Nothing here may see the checkout: everything runs in folders of its own, by the environment's own Python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest
from test_demo import _first_json, _signed_in, _wait
from test_docs import EMBEDDING, blocks
from test_web_serve import free_port

ROOT = Path(__file__).parent.parent
EXTRAS = "http,pdf,upgrade"
"""In place of the page's `upgrade`: with it the extras that use files of the package."""

NETWORK = ("PIP_", "SSL_", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")
"""How pip gets at packages here; of everything else the stranger's shell knows nothing."""

EVERYTHING = """
import pkgutil, sys
from click.testing import CliRunner
import flowiso
from flowiso.cli import COMMANDS, group

assert flowiso.__file__.startswith(sys.prefix), flowiso.__file__
for found in pkgutil.walk_packages(flowiso.__path__, "flowiso."):
    try:
        found.name == "flowiso.__main__" or __import__(found.name)
    except ModuleNotFoundError as error:  # of an extra that isn't installed here
        assert not error.name.startswith("flowiso"), error
for line in sys.stdin.read().splitlines():
    result = CliRunner().invoke(group, line.split(), catch_exceptions=False)
    assert result.exit_code == 0, (line, result.output)
for name in COMMANDS:
    assert name in CliRunner().invoke(group, [name, "--help"], catch_exceptions=False).output, name
"""
"""Imports every module, runs the command lines it is told, and asks every command for its help."""

LINES = """
rule FLW402
init so-xay-dung --name Sở --id H19.17 --example
book -o so.html
simulate --year 2021 --dossiers 30 --store sqlite:///nam.db
report --year 2021 --store sqlite:///nam.db --iso -o nam.pdf
receive LTHH-13 --by lan.vp --store sqlite:///hs.db --new-store --allow-draft --at 2021-09-14T08:30
paper 000.00.19.H19-210914-0001 --store sqlite:///hs.db -o giay-tiep-nhan.pdf
"""
"""Commands that write or read something with files of the package: flows, templates, styles, scripts, typst."""


class Stranger(NamedTuple):
    """Somebody with nothing but Python and the clone's address: the folder he works in, and what his shell knows."""

    home: Path
    shell: dict[str, str]

    def runs(self, *words: str, given: str = "", here: Path | None = None) -> str:
        """What a program prints that must leave with 0."""
        found = subprocess.run(
            words, cwd=here or self.home, env=self.shell, input=given, capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, (words, found.stdout, found.stderr)
        return found.stdout


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """Who has done what the page's "Installing" says, word by word, but for more extras."""
    (lines,) = blocks(EMBEDDING[0], "sh")
    assert "[upgrade]" in lines
    home = tmp_path_factory.mktemp("nha")
    network = {name: value for name, value in os.environ.items() if name.upper().startswith(NETWORK)}
    shell = network | {"FLOWISO": str(ROOT), "LC_ALL": "C.UTF-8", "PIP_NO_COMPILE": "1"}  # compiled is what is imported
    first = shell | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    Stranger(home, first).runs("bash", "-euc", lines.replace("[upgrade]", f"[{EXTRAS}]"))
    yield Stranger(home, shell | {"PATH": f"{home}/moi-truong/bin:/usr/bin:/bin"})
    shutil.rmtree(home)


def test_the_wheel_has_every_file_and_no_other(stranger: Stranger) -> None:
    """Flows, calendars, templates, styles, scripts, typst and SQL, each as it is in the clone; neither tests nor docs."""
    (path,) = stranger.home.glob("*.whl")
    with ZipFile(path) as wheel:
        packed = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = _files(ROOT / "flowiso", "flowiso") | _files(ROOT / "flows", "flowiso/flows")
    assert len(wanted) > 600
    assert sorted(wanted.keys() ^ packed.keys()) == []
    assert [name for name, data in wanted.items() if packed[name] != data] == []


def _files(folder: Path, name: str) -> dict[str, bytes]:
    """All that is in a folder but what Python and other programs leave there."""
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts)
    }


def test_the_page_from_top_to_bottom(stranger: Stranger, tmp_path: Path) -> None:
    """Of each language its Python as one file; then the commands, which are the same in both (tests/test_docs.py), in a shell."""
    for page in EMBEDDING:
        here = tmp_path / Path(page).stem
        here.mkdir()
        (here / "trang.py").write_text("\n".join(blocks(page, "python")), encoding="utf-8")
        shown = stranger.runs("python", "trang.py", here=here)
        assert "000.00.19.H19-210914-0001 - hẹn trả 2021-09-28 17:00:00+07:00" in shown
        assert "tài khoản 'hung.ktnl' thuộc 'ktnl', còn bước này thuộc 'qltm'" in shown
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    assert len(lines) >= 4
    stranger.runs("bash", "-euc", "\n".join(line.removeprefix("$ ") for line in lines), here=here)
    assert {"mot-cua.db", "phan-mem.db", "mot-cua.bak", "niem-phong.txt"} <= {path.name for path in here.iterdir()}


def test_every_module_and_command_is_there(stranger: Stranger, tmp_path: Path) -> None:
    """All are imported, all commands tell their help, and pages and papers are made."""
    stranger.runs("python", "-c", EVERYTHING, given=LINES.strip(), here=tmp_path)
    for name, begin in (("nam.pdf", b"%PDF"), ("giay-tiep-nhan.pdf", b"%PDF"), ("so.html", b"<!")):
        assert (tmp_path / name).read_bytes().startswith(begin), name


def test_screens_are_served(stranger: Stranger, tmp_path: Path) -> None:
    """`flowiso demo` with every page's templates, and each style, script and picture that they name."""
    port = free_port()
    line = ("flowiso", "demo", "--port", str(port), "--dossiers", "200", "--at", "2021-11-17 09:00", "--format", "json")
    process = subprocess.Popen(
        [shutil.which(line[0], path=stranger.shell["PATH"]) or "", *line[1:]],
        cwd=tmp_path, env=stranger.shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        _wait(port, process)
        told = _first_json(process)
        with _signed_in(told["address"], told["keys"][0]["token"]) as client:
            pages = {path: client.get(path).text for path in ("/", "/inbox", "/board", "/procedures", "/year", "/find")}
            (dossier,) = re.findall(r'href="(/dossiers/[^"?#/]+)"', pages["/inbox"])[:1]
            pages[dossier] = client.get(dossier).text
            assert "<svg" in pages[dossier]
            named = {
                name for page in pages.values() for name in re.findall(r'(?:href|src)="([^"]*/static/[^"]+)"', page)
            }
            assert len(named) == 3
            for name in named:
                found = client.get(name)
                assert (found.status_code, bool(found.content)) == (200, True), name
    finally:
        process.terminate()
        process.communicate(timeout=30)
