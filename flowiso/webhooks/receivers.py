"""The file of receivers: who is sent what, where, and under which secret, by a closed schema with lines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase
from ipaddress import ip_network
from pathlib import Path
from stat import S_IMODE
from typing import Any, NamedTuple

from ..errors import BadValue, FlowFileError, reason
from ..events import PREFIX, TYPES
from ..library import contents
from ..model import DOSSIER_CODES, Finding
from ..notices import STEP_DUE_SOON
from ..schema import Key, Reading, ident, many, pattern, whole
from ..text import Text
from ..yamlfile import Map, Node, Scalar, Source, brief, parse
from .addresses import Network, Target, target_of
from .signing import read_secret

_NOTICES = (STEP_DUE_SOON, *DOSSIER_CODES.values())
KNOWN = (*(f"dossier.{name}" for name in TYPES), *(f"notice.{name}" for name in _NOTICES))
"""The types of events, without "vn.flowiso."."""


class Receiver(NamedTuple):
    """Who is sent the events of an agency whose types are among `events` (`*` stands for anything), signed with `secrets`.

    `networks` are those of addresses inside that it may have.
    """

    id: str
    target: Target
    agency: str
    secret: str
    events: tuple[str, ...]
    networks: tuple[Network, ...]
    secrets: tuple[bytes, ...] = ()

    def wants(self, kind: str) -> bool:
        """Whether events of this type, with "vn.flowiso.", go to it."""
        name = kind.removeprefix(PREFIX)
        return any(fnmatchcase(name, wanted) for wanted in self.events)


class Receivers(NamedTuple):
    """What the file says: receivers, after how many tries a letter is dead, and the seconds one try may take."""

    file: Path
    listed: tuple[Receiver, ...]
    tries: int
    timeout: int


def _url(reading: Reading, node: Node) -> Target | None:
    if isinstance(node, Scalar):
        try:
            return target_of(node.text)
        except ValueError as error:
            said = _URL.get(str(error), _URL["characters"])
            reading.source.bad(node, said.vi, said.en)
            return None
    reading.source.bad(node, "cần một địa chỉ https://", "an address https:// is needed")
    return None


_URL: Mapping[str, Text] = {
    "https": Text(
        "cần địa chỉ https://…; http:// chỉ cho chính máy này (localhost, 127.0.0.1)",
        "an address https://… is needed; http:// only for this very machine (localhost, 127.0.0.1)",
    ),
    "user": Text(
        "địa chỉ không được có tên, mật khẩu hay '#'; bí mật nằm trong tệp bí mật",
        "the address may have no user, password or '#'; secrets stand in the secret's file",
    ),
    "characters": Text(
        "địa chỉ chỉ gồm chữ ASCII, tối đa 2.000 ký tự, cổng từ 1 đến 65535",
        "an address has ASCII letters only, 2,000 at most, and a port from 1 to 65535",
    ),
}


def _events(reading: Reading, node: Node) -> str | None:
    if isinstance(node, Scalar) and any(fnmatchcase(name, node.text) for name in KNOWN):
        return node.text
    shown = brief(node.text) if isinstance(node, Scalar) else "…"
    reading.source.bad(
        node,
        f"không có loại sự kiện nào là '{shown}'; ví dụ: dossier.*, dossier.returned, notice.late",
        f"no type of event is '{shown}'; for example: dossier.*, dossier.returned, notice.late",
    )
    return None


def _network(reading: Reading, node: Node) -> Network | None:
    try:
        if isinstance(node, Scalar):
            return ip_network(node.text)
    except ValueError:
        pass
    reading.source.bad(node, "cần một dải địa chỉ như 10.1.2.0/24", "a network such as 10.1.2.0/24 is needed")
    return None


_AGENCY = pattern(
    r"[A-Za-z0-9][A-Za-z0-9.]{0,39}", "mã cơ quan như 000.00.19.H19", "an agency's id such as 000.00.19.H19"
)
RECEIVER: Mapping[str, Key] = {
    "id": Key(ident, needed=True),
    "url": Key(_url, needed=True),
    "agency": Key(_AGENCY, needed=True),
    "secret": Key(ident, needed=True),
    "events": Key(many(_events)),
    "networks": Key(many(_network)),
}
"""The keys of a receiver."""


def _receiver(reading: Reading, node: Node) -> Receiver | None:
    before = len(reading.source.findings)
    values = reading.table(node, RECEIVER, "receivers.")
    if len(reading.source.findings) > before or reading.source.full:
        return None
    return Receiver(
        values["id"],
        values["url"],
        values["agency"],
        values["secret"],
        values.get("events", ("*",)),
        values.get("networks", ()),
    )


HEAD: Mapping[str, Key] = {
    "receivers": Key(many(_receiver), needed=True),
    "secrets": Key(pattern(r"[^\x00]{1,500}", "một thư mục", "a folder")),
    "tries": Key(whole(1, 50)),
    "timeout": Key(whole(1, 60)),
}
"""The keys of the file."""

TRIES, TIMEOUT = 12, 15
"""What is usual: some four days of tries, and the seconds that the specification recommends."""


def read_receivers(data: bytes, file: str) -> tuple[dict[str, Any], list[Finding]]:
    """What a file says, and all that is wrong with it."""
    source = Source(file)
    root = parse(source, data)
    if root is None:
        return {}, source.findings
    values = Reading(source).table(root, HEAD)
    _once(source, root, values.get("receivers", ()))
    return values, source.findings


def _once(source: Source, root: Map, receivers: tuple[Receiver, ...]) -> None:
    names = [one.id for one in receivers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        node = root.get("receivers") or root
        source.bad(node, f"hai nơi nhận cùng tên '{name}'; mỗi tên một lần", f"two receivers are called '{name}'")


def load_receivers(file: Path) -> Receivers:
    """The receivers in a file, with their secrets: a file each, named by its id, in the folder `secrets`.

    Raises FlowFileError with the findings when the file has faults, BadValue when it or a secret can't be used.
    """
    values, findings = read_receivers(contents(file), str(file))
    if findings:
        text = Text(
            f"'{file}' có {len(findings)} lỗi; hãy sửa trước", f"'{file}' has {len(findings)} faults; mend them first"
        )
        raise FlowFileError(text, findings)
    folder = file.parent / values.get("secrets", "secrets")
    listed = tuple(one._replace(secrets=_secrets(folder / one.secret)) for one in values["receivers"])
    return Receivers(file, listed, values.get("tries", TRIES), values.get("timeout", TIMEOUT))


def check_private(file: Path) -> None:
    """Refuse a file of secrets that anybody on the machine can read. Raises BadValue."""
    try:
        if os.name == "posix" and S_IMODE(os.stat(file).st_mode) & 0o007:
            raise BadValue(
                Text(
                    f"ai cũng đọc được '{file}'; hãy chạy: chmod 600 '{file}'", f"anybody can read '{file}': chmod 600"
                )
            )
    except OSError as error:
        why = reason(error)
        raise BadValue(Text(f"tệp bí mật '{file}': {why.vi}", f"the file of a secret '{file}': {why.en}")) from error


def _secrets(file: Path) -> tuple[bytes, ...]:
    """The one or two secrets in a file, a line each: two while they are being changed."""
    try:
        check_private(file)
        lines = contents(file).decode().split()
        found = tuple(map(read_secret, lines))
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else _NO_SECRET
        raise BadValue(
            Text(f"tệp bí mật '{file}': {why.vi}", f"the file of a secret '{file}': {why.en}"),
        ) from (error if isinstance(error, OSError) else None)
    if not 1 <= len(found) <= 2:
        raise BadValue(Text(f"tệp bí mật '{file}': {_NO_SECRET.vi}", f"the file of a secret '{file}': {_NO_SECRET.en}"))
    return found


_NO_SECRET = Text(
    "cần một hoặc hai dòng 'whsec_' và 24 đến 64 byte base64: echo whsec_$(openssl rand -base64 32)",
    "one or two lines are needed, 'whsec_' and 24 to 64 bytes in base64: echo whsec_$(openssl rand -base64 32)",
)
