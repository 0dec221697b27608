"""What lies around the page: the sites that may show it, where its links lead, whether it is all for show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

#: What half the country looks at, and nobody wonders about.
WEATHER = "https://www.bbc.co.uk/weather"

#: The address that takes a conversation along, or leads there without one; empty while it cannot be reached.
Link = Callable[[str], Awaitable[str]]


@dataclass(frozen=True)
class Example:
    """A second port of the helpline: for browsers another origin, so that its example page is another site's."""

    origin: str
    helpline: str
    """the origin of the first port"""


@dataclass(frozen=True)
class Outside:
    """What is not ours and has to do with us."""

    sites: Sequence[str] = ()
    """the origins, like https://charity.example, that may show the chat in a frame"""
    exit: str = WEATHER
    """the address a quick exit leads to"""
    example: Example | None = None
    """the example page, where it has an origin of its own"""
    telegram: Link | None = None
    """links to the helpline on Telegram, where it is there too"""
    demonstration: bool = False
    """whether this helpline is for trying things out, and its page has to say so"""

    @property
    def framers(self) -> Sequence[str]:
        """The origins that may show the chat in a frame."""
        return (*self.sites, self.example.origin) if self.example else self.sites

    @property
    def policy(self) -> str:
        """The content security policy of our pages."""
        ancestors = " ".join(["'self'", *self.framers])
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            # The quick exit is a form that leads away; browsers hold where it leads against this list too.
            f"form-action 'self' {origin_of(self.exit)}; base-uri 'none'; "
            f"frame-ancestors {ancestors}"
        )


#: No other site shows our pages.
ALONE = Outside()


def origin_of(address: str) -> str:
    """The origin of an address: scheme, host and port."""
    return "/".join(address.split("/")[:3])
