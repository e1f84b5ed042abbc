"""Packages of Office: zip files of XML parts, looked through in a stream before anything is built of them.

What a part may hold is counted, so that a small file can't become a large one; declarations of types are refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, NamedTuple, NoReturn
from xml.parsers.expat import ParserCreate

from ..errors import BadValue
from ..text import Text

MAX_PARTS = 1_000
MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 100
"""So many times its own size a file may unpack to."""
MAX_DEPTH = 256
_MAX_RUN = 1 << 20
_CHUNK = 1 << 16
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<|\Z)")
_OTHER_XML = re.compile(rb"\xff\xfe|\xfe\xff|\0*<\0|L\x6f\xa7\x94")
"""How XML begins that isn't written in letters of one byte, as Office always does: UTF-16, UTF-32, EBCDIC."""


class Part(NamedTuple):
    """What an XML part holds besides its cells: the ranges that are merged, and whether there are formulas."""

    merged: tuple[str, ...] = ()
    formulas: bool = False


def refuse(file: str, vi: str, en: str, cause: BaseException | None = None) -> NoReturn:
    """Raise BadValue about a file."""
    raise BadValue(Text(f"'{file}': {vi}", f"'{file}': {en}")) from cause


@contextmanager
def readable(file: str) -> Iterator[None]:
    """Whatever a reader stumbles over is a file that can't be read: BadValue."""
    ending = PurePath(file).suffix
    try:
        yield
    except BadValue:
        raise
    except Exception as error:
        vi, en = f"không đọc được như tệp {ending}; hãy mở và lưu lại", f"can't be read as {ending}; save it again"
        refuse(file, vi, en, error)


def opened(data: bytes, file: str) -> zipfile.ZipFile:
    """The package in a file; BadValue when it is none, or unpacks to too much."""
    ending = PurePath(file).suffix
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:
        vi, en = f"không phải tệp {ending} (hỏng, hoặc có mật khẩu)", f"no {ending} file (damaged, or locked)"
        refuse(file, vi, en, error)
    parts = package.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > min(MAX_UNPACKED, MAX_RATIO * len(data)):
        refuse(file, "giải nén ra quá lớn", "it unpacks to too much")
    return package


def scan(package: zipfile.ZipFile, file: str, most: int, *names: str) -> Mapping[str, Part]:
    """Look through the XML parts of these names, or through all; BadValue for declarations and for too much.

    `most` is how many elements, attributes and comments there may be.
    """
    scanner = _Scanner(file, most)
    return {name: scanner.part(name, package) for name in names or [part.filename for part in package.infolist()]}


class _Scanner:
    """Looks through XML parts one after the other; `nodes` counts over all of them, up to `most`."""

    def __init__(self, file: str, most: int) -> None:
        self.file, self.name, self.nodes, self.most = file, "", 0, most
        self.depth, self.merged, self.formulas = 0, list[str](), False

    def part(self, name: str, package: zipfile.ZipFile) -> Part:
        """What a part holds; nothing where it is no XML."""
        self.name, self.depth, self.merged, self.formulas = name, 0, [], False
        with package.open(name) as stream:
            head = stream.read(_CHUNK)
            if _OTHER_XML.match(head):
                self._declared()
            if head and _XML.match(head):
                self._parse(head, stream)
        return Part(tuple(self.merged), self.formulas)

    def _parse(self, chunk: bytes, stream: IO[bytes]) -> None:
        parser = ParserCreate()
        parser.ordered_attributes = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartDoctypeDeclHandler = self._declared
        parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartCdataSectionHandler = self._count
        run = 0
        while chunk:
            run = 0 if b"<" in chunk else run + len(chunk)
            if run > _MAX_RUN:  # a tag of a million attributes would be held whole before it is counted
                self._too_much()
            parser.Parse(chunk)
            chunk = stream.read(_CHUNK)
        parser.Parse(b"", True)

    def _start(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        self._count(nodes=1 + len(attributes) // 2)
        local = name.rpartition(":")[2]
        if local == "mergeCell":
            self.merged.append(dict(zip(attributes[::2], attributes[1::2], strict=True)).get("ref", ""))
        elif local == "f":
            self.formulas = True

    def _end(self, _name: str) -> None:
        self.depth -= 1

    def _count(self, *_: str, nodes: int = 1) -> None:
        self.nodes += nodes
        if self.nodes > self.most or self.depth > MAX_DEPTH:
            self._too_much()

    def _too_much(self) -> NoReturn:
        vi, en = "có quá nhiều ô, hình vẽ hay định dạng", "too many cells, drawings or formats"
        refuse(self.file, f"{vi}; hãy chép riêng bảng lưu đồ ra một tệp", f"{en}; copy the flowchart to its own file")

    def _declared(self, *_: object) -> NoReturn:
        vi, en = "có khai báo XML không được phép", "it holds XML declarations that aren't allowed"
        refuse(self.file, f"{vi} trong {self.name}", f"{en} in {self.name}")
