"""The quick reader of YAML against the parser: the same nodes, lines and columns, or nothing."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from random import Random

import pytest

from flowiso.yamlfile import MAX_DEPTH, MAX_NODES, MAX_SCALAR, Source, clean
from flowiso.yamlparser import built
from flowiso.yamlquick import quick

FLOWS = Path(__file__).parent.parent / "flows"


def same(text: str) -> bool:
    """Whether the quick reader takes the text; then the parser must read the same and find nothing."""
    if not clean(text) or (found := quick(text)) is None:
        return False
    source = Source("f")
    assert repr(built(source, text, True)) == repr(found), text
    assert source.findings == [], text
    return True


@pytest.mark.parametrize(
    "file", sorted([*FLOWS.glob("[a-z]*/*.yaml"), *FLOWS.glob("_stories/*.yaml")]), ids=lambda file: file.name
)
def test_every_flow_is_read_quickly(file: Path) -> None:
    """A flow file or story as people write it needs no parser."""
    assert same(file.read_text(encoding="utf-8"))


def test_all_short_texts() -> None:
    """Every text of up to five marks that mean something, alone and as a value."""
    marks = "a: -{}[],#\n'>("
    taken = sum(
        same(before + "".join(text) + "\n")
        for length in range(5)
        for text in product(marks, repeat=length)
        for before in ("", "a:", "a: ", "- a: {b: ", "a:\n  ")
    )
    assert taken > 1_000


PIECES = (
    *(
        "a:",
        "b-1:",
        "c.d:",
        "Luật 1/2020:",
        "lâu",
        "x y",
        "1",
        "(z)",
        "a: b",
        "a: b,",
        "- ",
        "-",
        "  ",
        " ",
        "\n",
        "\n  ",
        "\n    ",
    ),
    *(
        "\n- ",
        "\n  - ",
        " # c",
        "#",
        "# d\n",
        "{",
        "}",
        "[",
        "]",
        "{}",
        "[]",
        ", ",
        ",",
        ": ",
        ":",
        "'q'",
        "'",
        '"q: r"',
        '"',
        ">-\n",
    ),
    *(
        ">",
        "|",
        "?",
        "!",
        "&a",
        "*a",
        "%",
        "@",
        "---\n",
        "...\n",
        "  x\n",
        "\n\n",
        "a:\n  b: c\n",
        "a: [b, c]\n",
        "a: {b: c}\n",
        "k:\n",
    ),
)


def test_random_texts() -> None:
    """Texts put together from pieces of YAML; enough of them are taken to mean something."""
    rng = Random(1)
    texts = ("".join(rng.choices(PIECES, k=rng.randrange(1, 12))) + "\n" for _ in range(40_000))
    assert sum(map(same, texts)) > 1_000


def test_what_is_left_to_the_parser() -> None:
    """Limits and faults are told by the parser's way, so the quick one doesn't take them."""
    deep = "a: " + "[" * (MAX_DEPTH - 1) + "x" + "]" * (MAX_DEPTH - 1) + "\n"
    assert same(deep.replace("[", "", 1).replace("]", "", 1))
    too_much = {
        "depth": deep,
        "values": "a: [" + "x, " * (MAX_NODES - 1) + "x]\n",
        "length": f"a: {'x' * (MAX_SCALAR + 1)}\n",
        "length over lines": "a: " + f"{'x' * 3_000}\n  " * 2 + "\n",
        "length in brackets": f"a: [{'x' * (MAX_SCALAR + 1)}]\n",
        "length in quotes": f"a: '{'x' * (MAX_SCALAR + 1)}'\n",
        "twice": "a: b\na: c\n",
        "twice in brackets": "x: {a: b, a: c}\n",
        "anchor": "a: &b c\n",
        "tag": "a: !b c\n",
        "merge": "<<: {a: b}\n",
        "two documents": "a: b\n---\nc: d\n",
        "directive": "%YAML 1.1\n---\na: b\n",
        "nothing": "\n",
        "no end of line": "a: b",
    }
    assert {name for name, text in too_much.items() if quick(text) is not None} == set()


def test_a_sound_folder_is_checked_without_yaml() -> None:
    """`flowiso check` on a sound flow imports neither yaml nor what costs most to import."""
    watch = "import sys; from flowiso.cli.check import check_paths; from pathlib import Path; check_paths([Path(sys.argv[1])])"
    tell = "print(*{'yaml', 'networkx', 'sqlalchemy', 'transitions'} & sys.modules.keys())"
    told = subprocess.run(
        [sys.executable, "-c", f"{watch}; {tell}", str(FLOWS)], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == []
