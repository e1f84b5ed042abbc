"""Where a webhook may go: https, or http on this very machine; never an address inside unless it was allowed (SSRF)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolve: TypeAlias = Callable[..., Sequence[tuple[Any, ...]]]

_PORTS = {"https": 443, "http": 80}
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
_PROTOCOL = IPv4Network("192.0.0.0/24")
_LONGEST = 2_000


class Target(NamedTuple):
    """A URL taken apart: what to connect to, and what to ask for there."""

    secure: bool
    host: str
    port: int
    path: str


class Refused(Exception):
    """The name leads to an address that isn't allowed."""


def target_of(url: str) -> Target:
    """The parts of a receiver's URL. Raises ValueError, which says why, for one that may not be sent to."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("characters")
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("https")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("user")
    secure = parts.scheme == "https"
    if not secure and not is_here(parts.hostname):
        raise ValueError("https")
    query = f"?{parts.query}" if parts.query else ""
    return Target(secure, parts.hostname, parts.port or _PORTS[parts.scheme], (parts.path or "/") + query)


def is_here(host: str) -> bool:
    """Whether a host is this machine by its very name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def addresses(target: Target, networks: Iterable[Network], resolve: Resolve = socket.getaddrinfo) -> list[str]:
    """The addresses a name stands for now, to be connected to as they are: a name may mean another the next moment.

    Raises Refused when one of them is neither public nor in `networks`, or when plain http would leave this machine; OSError
    where there is none.
    """
    allowed = tuple(networks)
    found = [entry[4][0] for entry in resolve(target.host, target.port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ip_address(text.partition("%")[0])
        if not (_is_public(address) or any(address in network for network in allowed)):
            raise Refused(text)
        if not target.secure and not address.is_loopback:
            raise Refused(text)
    return list(dict.fromkeys(found))


def _is_public(address: Address) -> bool:
    """Whether an address is anybody's on the Internet; one that is a way to IPv4 addresses as they are."""
    if isinstance(address, IPv4Address):
        return address.is_global and not (address.is_multicast or address.is_reserved or address in _PROTOCOL)
    inside = tuple(_inside(address))
    plain = address in _UNICAST and address.is_global
    return all(map(_is_public, inside)) if inside else plain


def _inside(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address is a way to."""
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    for found in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if found is not None:
            yield found
