"""Who may see how the helpline is doing: those who watch over it, and nobody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

Page = Callable[[Request], Awaitable[Response]]


def for_watchers(networks: Sequence[str], page: Page) -> Page:
    """The page for requests from these addresses and networks; for others there is nothing at its address."""
    watched_from = [ipaddress.ip_network(network) for network in networks]

    async def watched(request: Request) -> Response:
        address = _address(request)
        if address is None or not any(address in network for network in watched_from):
            raise HTTPException(404)
        return await page(request)

    return watched


def _address(request: Request) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    # A socket for both kinds of address writes the older ones in the newer form.
    return getattr(address, "ipv4_mapped", None) or address
