"""Rasa's memory of conversations: a short one, since the gateway's store is the one that counts."""

from __future__ import annotations

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

#: So many conversations are remembered, by their ids: what was said in them the channel takes out at once.
MOST = 500


class RecentTrackerStore(InMemoryTrackerStore):
    """Keeps the conversations spoken in last. Named in `endpoints.yml`."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        self.store.pop(tracker.sender_id, None)
        await super().save(tracker)
        while len(self.store) > MOST:
            del self.store[next(iter(self.store))]
