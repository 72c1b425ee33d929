"""Which addresses may be called: never metadata services or the local link.

A name is resolved once, every address that it has is looked at, and the connection goes to the
address that was looked at: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import socket
from functools import cached_property, lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx

from app.delivery.errors import NoAnswer
from app.errors import ConfigurationError
from app.resources import builtin
from app.rules import Rules, load_rules

IpAddress = IPv4Address | IPv6Address
_LAST_32_BITS = (
    ip_network("64:ff9b::/96"),  # NAT64, RFC 6052
    ip_network("64:ff9b:1::/48"),  # NAT64 of a network's own, RFC 8215
    ip_network("::/96"),  # IPv4-compatible, RFC 4291 (2.5.5.1); but not :: and ::1
)


class Refused(Rules):
    """`mappings/delivery/addresses.toml`."""

    networks: tuple[str, ...]
    names: tuple[str, ...]

    def name(self, host: str) -> bool:
        """Whether a host's name, or address as written, is refused."""
        if host.rstrip(".").lower() in self.names:
            return True
        try:
            return self.address(ip_address(host.split("%")[0]))
        except ValueError:
            return False

    def address(self, address: IpAddress) -> bool:
        """Whether an address is refused, also where it is written inside an IPv6 address."""
        inner = _inner(address)
        if inner is not None and self.address(inner):
            return True
        return any(address in network for network in self._networks)

    @cached_property
    def _networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(n) for n in self.networks)


def _inner(address: IpAddress) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries (mapped, 6to4, NAT64, compatible)."""
    if isinstance(address, IPv4Address):
        return None
    if any(address in network for network in _LAST_32_BITS) and int(address) > 0xFFFF:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


@lru_cache(maxsize=1)
def refused() -> Refused:
    """The addresses that are never called. No overlay changes them."""
    return load_rules((builtin(),), "delivery/addresses.toml", Refused)


class GuardedTransport(httpx.BaseTransport):
    """Connects to the one host that is allowed, at an address that is not refused."""

    def __init__(self, inner: httpx.BaseTransport, host: str) -> None:
        self._inner = inner
        self._host = host

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host != self._host:
            raise ConfigurationError("another host than the target's is never called", place=host)
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = _resolve(host, port)
        # the certificate is checked against the name, the connection goes to the address
        request.extensions = {**request.extensions, "sni_hostname": host}
        for address in addresses[:-1]:
            request.url = request.url.copy_with(host=address)
            try:
                return self._inner.handle_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent: the next one
                continue
        request.url = request.url.copy_with(host=addresses[-1])
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def _resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, when none of them is refused."""
    if refused().name(host):
        raise ConfigurationError("this address is never called", place=host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise NoAnswer("the host's name is not known now; check it", place=host) from None
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if refused().address(ip_address(address.split("%")[0])):
            raise ConfigurationError(
                "the name leads to an address that is never called", place=host
            )
    return list(dict.fromkeys(addresses))
