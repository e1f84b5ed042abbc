"""One POST to one receiver: to an address that was looked at, within a time for all of it, following nothing.

The standard library's client, since it follows no redirect, reads no proxy from the environment and lets us choose the address.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network
from threading import Event, Timer
from time import monotonic
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from .addresses import Network, Refused, Target, addresses, target_of


class Answer(NamedTuple):
    """What became of it: `failure` is empty once it is acknowledged (2xx); `wait` is how long the receiver asks to be left.

    The words of failures: "http-500" and the like, "redirect", "timeout", "name", "address", "tls", "connection", "protocol".
    """

    failure: str = ""
    wait: int = 0

    @property
    def acknowledged(self) -> bool:
        """Whether the receiver has it."""
        return not self.failure


Post: TypeAlias = Callable[[Target, Sequence[Network], Mapping[str, str], bytes, float], Answer]

_LONGEST_WAIT = 86_400


def post(
    target: Target, networks: Sequence[Network], headers: Mapping[str, str], body: bytes, seconds: float
) -> Answer:
    """Send it; never raises for what the other side does."""
    late = Event()
    try:
        return _posted(target, addresses(target, networks), headers, body, seconds, late)
    except Refused:
        return Answer("address")
    except socket.gaierror:
        return Answer("name")
    except (TimeoutError, ssl.SSLError, OSError, http.client.HTTPException, ValueError) as error:
        return Answer("timeout" if late.is_set() else _word(error))


def _word(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    return "connection" if isinstance(error, OSError) else "protocol"


def _posted(
    target: Target, found: Sequence[str], headers: Mapping[str, str], body: bytes, seconds: float, late: Event
) -> Answer:
    with _reached(target, found, seconds, late) as connection:
        connection.request("POST", target.path, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return _judged(answer.status, answer.getheader("Retry-After", ""))


class Unwilling(OSError):
    """An answer came, but none with what was asked for; `status` is HTTP's."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


def fetched(
    url: str, seconds: float, most: int, form: bytes | None = None, headers: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """What an administrator's address gives, inside the network too, within a time for all of it; redirects aren't followed.

    With a `form` it is posted.

    Raises ValueError for an address that may not be asked and for more than `most` bytes, OSError for what can't be had.
    """
    target, late = target_of(url), Event()
    try:
        found = addresses(target, _ANYWHERE)
        with _reached(target, found, seconds, late) as connection:
            told = {"Accept": "application/json", "Connection": "close", **headers}
            if form is not None:
                told["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("GET" if form is None else "POST", target.path, form, told)
            with connection.getresponse() as answer:
                body = answer.read(most + 1)
    except (Refused, http.client.HTTPException) as error:
        raise OSError(f"{type(error).__name__}") from error
    if late.is_set():
        raise OSError("it was cut off")
    if answer.status != HTTPStatus.OK:
        raise Unwilling(answer.status)
    if len(body) > most:
        raise ValueError(f"more than {most} bytes")
    return body


_ANYWHERE: Sequence[Network] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


@contextmanager
def _reached(target: Target, found: Sequence[str], seconds: float, late: Event) -> Iterator[http.client.HTTPConnection]:
    """A connection to one of the addresses, which is cut off when the time is over; `late` is set then."""
    until = monotonic() + seconds
    with _connected(target, found, until) as raw, _no_longer_than(raw, until, late):
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.default_port = 443 if target.secure else 80
        connection.sock = _tls().wrap_socket(raw, server_hostname=target.host) if target.secure else raw
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def _connected(target: Target, found: Sequence[str], until: float) -> Iterator[socket.socket]:
    """A connection to the first of the addresses that takes one."""
    for address in found[:-1]:
        with suppress(OSError):
            raw = socket.create_connection((address, target.port), max(0.01, until - monotonic()) / 2)
            break
    else:
        raw = socket.create_connection((found[-1], target.port), max(0.01, until - monotonic()))
    with raw:
        raw.settimeout(max(0.01, until - monotonic()))
        yield raw


@contextmanager
def _no_longer_than(raw: socket.socket, until: float, late: Event) -> Iterator[None]:
    """Cut a connection off at a moment: a time-out of the socket begins anew with every byte of a slow answer."""
    twin = raw.dup()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)

    timer = Timer(max(0.0, until - monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        twin.close()


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _judged(status: int, wait: str) -> Answer:
    if 200 <= status < 300:
        return Answer()
    failure = "redirect" if 300 <= status < 400 else f"http-{status}"
    return Answer(
        failure, min(int(wait), _LONGEST_WAIT) if wait.isascii() and wait.isdecimal() and len(wait) < 9 else 0
    )
