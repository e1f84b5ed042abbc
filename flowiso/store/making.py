"""Opening a store: which database it is, that it is one of ours, and making it when it is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from typing import NamedTuple, Protocol, cast

from flowiso.errors import StoreError
from flowiso.ports import StoreKind
from flowiso.text import Text

from .link import Cursor, Link, T, Tongue
from .tables import NAMES, SCHEMA


def without_password(url: str) -> str:
    """An address as it may be shown."""
    return re.sub(r"([?&])(?:ssl)?password=[^&]*&?", r"\1", re.sub(r"(://[^:/@]*):[^@/]*@", r"\1@", url)).rstrip("?&")


class Missing(StoreError):
    """There is no store at the address."""


class Nature(NamedTuple):
    """What a store says of itself for ever: `Store.kind` and `Store.setting`."""

    kind: StoreKind
    setting: str = ""


class Opening(Link, Protocol):
    """A link of our own, not a host's."""

    def exists(self) -> bool:
        """Whether there is a database to look into."""
        ...

    def prepare(self) -> None:
        """Set what stays with the database, once it is known for ours or for empty."""
        ...

    def patiently(self, work: Callable[[], T]) -> T:
        """Open it, again while others are making the same store."""
        ...


_FIRST = {"meta", "counters", "dossiers", "moves"}
"""The tables of schema 1."""


def link_to(url: str, patience: float, read_only: bool) -> Opening:
    """A link to the database of a URL. Raises StoreError where its driver is missing."""
    if url.startswith("sqlite:"):
        from .sqlitefile import SqliteFile

        return SqliteFile.at(url, patience, read_only)
    try:
        from .server import PostgresServer
    except ImportError as error:
        raise StoreError(
            Text(
                "kho PostgreSQL cần gói psycopg: hãy chạy pip install 'flowiso[pg]'",
                "a PostgreSQL store needs the package psycopg: run pip install 'flowiso[pg]'",
            )
        ) from error
    return PostgresServer(url, patience, read_only)


def opened(link: Opening, nature: Nature, create: bool, beside: bool) -> Nature:
    """The nature of the store behind a link; its tables are made first, of the one given, when it has none and `create` is set.

    Nothing is changed in a database that is not ours. Raises StoreError.
    """
    tongue = link.tongue
    found = link.read(lambda cursor: _nature(cursor, tongue, beside))
    if found is None and not create:
        raise missing(tongue)
    link.prepare()
    return link.write(lambda cursor: make(cursor, tongue, nature, beside)) if found is None else found


def make(cursor: Cursor, tongue: Tongue, nature: Nature, beside: bool) -> Nature:
    """Make the tables unless somebody just has; the nature of the store."""
    definitions = list(tongue.definitions(cursor))
    found = _nature(cursor, tongue, beside)
    if found is not None:
        return found
    for definition in definitions:
        cursor.execute(definition)
    for key, value in (("schema", str(SCHEMA)), *nature._asdict().items()):
        if value:
            cursor.execute(tongue.sql.put_meta, (key, value))
    return nature


def kept(cursor: Cursor, tongue: Tongue) -> Nature:
    """The nature of a store that has to be there."""
    found = _nature(cursor, tongue, True)
    if found is None:
        raise missing(tongue)
    return found


def _nature(cursor: Cursor, tongue: Tongue, beside: bool) -> Nature | None:
    """The nature of the store; None when it is not made yet. StoreError when the database is somebody else's."""
    cursor.execute(tongue.tables)
    names = {row[0] for row in cursor.fetchall()}
    ours = names & NAMES
    if not ours and (beside or not names):
        return None
    if not ours >= _FIRST:
        raise _foreign(tongue, ours if beside else set())
    cursor.execute(tongue.sql.get_meta)
    facts = dict(cursor.fetchall())
    nature = _checked(facts, tongue)
    tongue.keeping.learn(facts)
    if not ours >= NAMES:
        raise _incomplete(tongue, NAMES - ours)
    return nature


def _checked(facts: dict[str, str], tongue: Tongue) -> Nature:
    schema, kind = facts.get("schema", ""), facts.get("kind")
    if not schema.isdecimal() or int(schema) < 1 or kind not in ("live", "simulated"):
        raise _foreign(tongue, set())
    if int(schema) > SCHEMA:
        raise _newer(tongue, schema)
    if int(schema) < SCHEMA:
        raise _older(tongue, schema)
    nature = Nature(cast("StoreKind", kind), facts.get("setting", ""))
    if nature.setting and kind == "live":
        raise _lived_otherwise(tongue)
    return nature


def _foreign(tongue: Tongue, taken: set[str]) -> StoreError:
    place, names = tongue.place, ", ".join(sorted(taken))
    if names:
        return StoreError(
            Text(
                f"{place} đã có bảng tên {names} không phải của FlowISO: hãy để kho trong một tệp hay schema riêng",
                f"{place} has tables named {names} that aren't FlowISO's: keep the store in a file or schema of its own",
            )
        )
    return StoreError(
        Text(
            f"{place} là cơ sở dữ liệu của chương trình khác, không phải kho FlowISO: xem lại tên tệp",
            f"{place} is another program's database, no FlowISO store: check the file's name",
        )
    )


def _newer(tongue: Tongue, schema: str) -> StoreError:
    place = tongue.place
    return StoreError(
        Text(
            f"kho {place} do bản FlowISO mới hơn tạo (cấu trúc {schema}, bản này biết {SCHEMA}): hãy nâng cấp",
            f"store {place} was made by a newer FlowISO (schema {schema}, this one knows {SCHEMA}): upgrade FlowISO",
        )
    )


def _older(tongue: Tongue, schema: str) -> StoreError:
    place, command = tongue.place, f"flowiso upgrade --store {tongue.url}"
    return StoreError(
        Text(
            f"kho {place} còn cấu trúc cũ ({schema}, bản này cần {SCHEMA}): sao lưu rồi chạy {command}",
            f"store {place} still has the old schema ({schema}, this FlowISO needs {SCHEMA}): back it up, then run {command}",
        )
    )


def _incomplete(tongue: Tongue, lost: Set[str]) -> StoreError:
    place, names = tongue.place, ", ".join(sorted(lost))
    return StoreError(
        Text(
            f"kho {place} thiếu {names}: kho hỏng, hoặc do bản FlowISO dở dang tạo; hãy khôi phục bản sao lưu hoặc tạo lại",
            f"store {place} lacks {names}: damaged, or made by an unfinished FlowISO; restore a backup, or make it anew",
        )
    )


def _lived_otherwise(tongue: Tongue) -> StoreError:
    place = tongue.place
    return StoreError(
        Text(
            f"kho {place} hỏng: giữ hồ sơ thật mà lại ghi kịch bản mô phỏng; hãy khôi phục bản sao lưu",
            f"store {place} is damaged: it holds real dossiers and yet names a simulated scenario; restore a backup",
        )
    )


def missing(tongue: Tongue) -> Missing:
    """There is no store."""
    place, url = tongue.place, tongue.url
    return Missing(
        Text(
            f"chưa có kho {place}: hãy xem lại địa chỉ, hoặc tạo kho: flowiso receive ... hay flowiso serve ... --new-store"
            f" --store {url}; trong Python: flowiso.open(store=...)",
            f"there is no store {place}: check the address, or have it made: flowiso receive ... or flowiso serve ... --new-store"
            f" --store {url}; in Python: flowiso.open(store=...)",
        )
    )
