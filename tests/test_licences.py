"""`.ci/licences`: whatever comes with FlowISO is found through its extras, and a licence that isn't known to be free stops it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from email.message import Message
from importlib.machinery import SourceFileLoader
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

SCRIPT = Path(__file__).parent.parent / ".ci/licences"


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    """The script."""
    spec = spec_from_loader("licences", SourceFileLoader("licences", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


class Told(Distribution):
    """A package of which only the metadata are there."""

    def __init__(self, version: str = "1.0", requires: tuple[str, ...] = (), **fields: str) -> None:
        self._message = Message()
        self._message["Metadata-Version"], self._message["Name"], self._message["Version"] = "2.4", "x", version
        for line in requires:
            self._message["Requires-Dist"] = line
        for name, value in fields.items():
            for one in value.split("|"):
                self._message[name.replace("_", "-")] = one

    def read_text(self, filename: str) -> str | None:
        return self._message.as_string() if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        raise NotImplementedError


def shelf(**packages: Told) -> Callable[[str], Distribution]:
    """Finds these packages alone."""

    def find(name: str) -> Distribution:
        if name not in packages:
            raise PackageNotFoundError(name)
        return packages[name]

    return find


def found(licences: ModuleType, find: Callable[[str], Distribution], *lines: str) -> Mapping[str, Any]:
    """The packages that come with some requirements, by name."""
    wanted = [licences.Wanted(Requirement(line), "flowiso") for line in lines]
    return {one.name: one for one in licences.packages(wanted, find)}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"License_Expression": "MIT"}, ""),
        ({"License_Expression": "MIT AND BSD-3-Clause"}, ""),
        ({"License_Expression": "GPL-3.0-only OR MIT"}, ""),
        ({"License_Expression": "GPL-3.0-only AND MIT"}, "copyleft"),
        ({"License_Expression": "MIT OR GPL-3.0-only AND Apache-2.0"}, ""),
        ({"License_Expression": "AGPL-3.0-or-later"}, "copyleft"),
        ({"License_Expression": "LGPL-3.0-only"}, "copyleft"),
        ({"License_Expression": "(MIT OR GPL-2.0-only) AND Commercial"}, "copyleft"),
        ({"License_Expression": "LicenseRef-Ours"}, "licence not known"),
        ({"Classifier": "License :: OSI Approved :: MIT License", "License": "see LICENSE"}, ""),
        ({"Classifier": "License :: OSI Approved|License :: OSI Approved :: BSD License"}, ""),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"}, "copyleft"),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License", "License": "MIT"}, "copyleft"),
        ({"License": "Apache License, Version 2.0"}, ""),
        ({"License": "as you like"}, "licence not known"),
        ({"Classifier": "License :: OSI Approved"}, "licence not known"),
        ({}, "licence not known"),
    ],
)
def test_a_licence_is_free_or_a_finding(licences: ModuleType, fields: dict[str, str], fault: str) -> None:
    """The expression first, then classifiers, then the field; nothing told is as bad as nothing allowed."""
    assert found(licences, shelf(a=Told(**fields)), "a")["a"].fault == fault


def test_the_tree_is_walked(licences: ModuleType) -> None:
    """Through extras that are asked for and markers that hold here, once round a circle, and to what isn't installed."""
    find = shelf(
        a=Told(License="MIT", requires=("b[fast]>=1", "gone; python_version < '3'", "tests; extra == 'dev'")),
        b=Told(License="MIT", requires=("a", "c; extra == 'fast'", "d; extra == 'slow'")),
        c=Told(License_Expression="GPL-2.0-only", requires=("missing",)),
    )
    walked = found(licences, find, "a")
    assert {name: one.fault for name, one in walked.items()} == {
        "a": "",
        "b": "",
        "c": "copyleft",
        "missing": "not installed: missing",
    }
    assert (walked["a"].asked_by, walked["c"].asked_by) == ("flowiso", "b")


def test_a_version_that_is_too_old(licences: ModuleType) -> None:
    """Whoever asks for more is heard, not only who asked first."""
    find = shelf(a=Told("1.0", License="MIT"), b=Told(License="MIT", requires=("a>=2",)))
    assert found(licences, find, "a", "b")["a"].fault == "a>=2 is asked for"


def test_exceptions_are_for_one_licence_and_not_for_ever(licences: ModuleType) -> None:
    """LGPL psycopg is let through with its reason; under another licence it isn't; an exception nobody needs is told."""
    lgpl, gpl = Told(License_Expression="LGPL-3.0-only"), Told(License_Expression="GPL-3.0-only")
    now = found(licences, shelf(psycopg=lgpl), "psycopg")
    assert now["psycopg"].fault == ""
    assert licences._PG in licences.table(now.values())
    assert licences.idle(now.values()) == ["psycopg-binary"]
    assert found(licences, shelf(psycopg=gpl), "psycopg")["psycopg"].fault == "copyleft"
    assert licences.idle(found(licences, shelf(psycopg=Told(License="MIT")), "psycopg").values()) == [
        "psycopg",
        "psycopg-binary",
    ]


def test_only_what_users_install(licences: ModuleType) -> None:
    """Every dependency and extra of pyproject.toml but those for the makers."""
    extras = {"pg": ["psycopg"], "dev": ["pytest"], "bench": ["dbos"], "mutation": ["mutmut"]}
    wanted = licences.roots({"dependencies": ["click>=8"], "optional-dependencies": extras})
    assert [(str(one.requirement), one.asked_by) for one in wanted] == [
        ("click>=8", "flowiso"),
        ("psycopg", "flowiso[pg]"),
    ]


def test_what_is_shipped_now(licences: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """The real tree: every package with a licence that asks for nothing, or an exception with its reason."""
    assert licences.main() == 0, capsys.readouterr()
    out = capsys.readouterr().out
    assert {"sqlalchemy", "granian", "psycopg", "pyspark"} <= {line.split()[0] for line in out.splitlines()}
    assert "pytest" not in out
