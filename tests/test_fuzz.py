"""The fuzz of .ci/soak, in short: mutants of the shipped files, and that a fault would be told."""

from __future__ import annotations

from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from flowiso.model import Finding
from flowiso.text import Text


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The fuzz script as a module."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "fuzz"))
    import reader as found

    assert isinstance(found, ModuleType)
    return found


def test_mutants_by_seed(reader: ModuleType) -> None:
    """T9: 200 mutants; the same seed gives the same ones, and every reader has files to begin with."""
    files = reader.corpus()
    assert {data[0] for data in files} == set(range(len(reader.READERS)))
    for number in range(200):
        first, again = (Random(f"a/{number}") for _ in range(2))
        data = reader.mutant(files, first.choice(files), first)
        assert data == reader.mutant(files, again.choice(files), again)
        reader.check(data)


def test_a_strange_mark_in_the_name_of_a_fact(reader: ModuleType) -> None:
    """FLW107 quotes a name as it can be printed: what is private use in the file is not put on a screen."""
    data = next(one for one in reader.corpus() if b"legal_basis" in one.partition(b"facts:")[2])
    head, facts, tail = data.partition(b"facts:")
    reader.check(head + facts + tail.replace(b"legal_basis", "legal_\uf0bdbasis".encode()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": "other.yaml"},
        {"line": None},
        {"line": 0},
        {"line": 9},
        {"column": 0},
        {"message": Text("", "x")},
        {"message": Text("a\nb", "x")},
        {"message": Text("a\u0301", "x")},
    ],
    ids=str,
)
def test_a_bad_finding_is_told(wrong: dict[str, object], reader: ModuleType) -> None:
    """What the fuzz looks at in a finding."""
    sound: dict[str, object] = {"message": Text("sai", "wrong"), "file": reader.FILE, "line": 1, "column": 1}
    reader.check_finding(Finding("FLW004", "bad-value", "error", **sound), 8)  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        reader.check_finding(Finding("FLW004", "bad-value", "error", **(sound | wrong)), 8)  # type: ignore[arg-type]
