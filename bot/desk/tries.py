"""How often somebody has tried to sign in under a name, so that nobody can try passwords all day."""

from __future__ import annotations

import datetime as dt

#: So many wrong tries for a name within so long, then they wait.
MOST = 5
WITHIN = dt.timedelta(minutes=15)
#: Names are remembered up to here; when there are more, those whose time is over are forgotten.
MOST_NAMES = 1000


class Tries:
    """The tries of this gateway. A right password clears its name."""

    def __init__(self) -> None:
        self._at: dict[str, list[dt.datetime]] = {}

    def allow(self, name: str, now: dt.datetime) -> bool:
        """Count a try; False where there were too many. Counted before it is looked at, so many at once do not pass."""
        recent = [at for at in self._at.get(name, ()) if now - at < WITHIN]
        if len(recent) >= MOST:
            return False
        if len(self._at) >= MOST_NAMES:
            self._at = {other: tries for other, tries in self._at.items() if now - tries[-1] < WITHIN}
        self._at[name] = [*recent, now]
        return True

    def clear(self, name: str) -> None:
        self._at.pop(name, None)
