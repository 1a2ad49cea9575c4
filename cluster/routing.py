"""Ray Serve's router for the replicas: `placement.ranks` with what Ray knows of them.

Ray's own router of multiplexed models uses a second replica only when the first's queue is full.
"""

from collections.abc import Sequence
from typing import Any

from ray.serve.request_router import PendingRequest, RequestRouter, RunningReplica

from cluster.placement import Seen, ranks


class ByModel(RequestRouter):  # type: ignore[misc]  # Ray's types are not read
    """Routes a request by its multiplexed model id, which is the model's name."""

    async def choose_replicas(
        self,
        candidate_replicas: Sequence[RunningReplica],
        pending_request: PendingRequest | None = None,
    ) -> list[list[Any]]:
        """The replicas by rank."""
        if pending_request is None:
            return [list(candidate_replicas)]
        pending_request.routing_context.should_backoff = True  # when all of them are full
        seen = [self._seen(one) for one in candidate_replicas]
        return ranks(pending_request.metadata.multiplexed_model_id, seen)

    def _seen(self, one: RunningReplica) -> Seen[Any]:
        """What the replica reported last, and how many requests Ray knows it has."""
        name = str(one.replica_id.unique_id)
        stats = one.routing_stats
        sent = self.replica_queue_len_cache.get(one.replica_id)
        going = stats.get("going", 0) if sent is None else sent
        return Seen(one, name, frozenset(stats.get("models", ())), going)
