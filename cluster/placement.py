"""Which replica a request goes to: one that has its model in memory, until it is too busy.

Which models a replica keeps is up to its own cache; here only what it reports counts. A pure
function, so that it can be tested without a cluster; `routing.py` is its adapter to Ray.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Replica = TypeVar("Replica")

# A replica with this many more runs than the idlest is too busy: the model is loaded elsewhere as
# well. With fewer, two visitors would be enough to spend seconds of loading and memory twice; and a
# small model on two cores gains little by a batch of more than four.
BUSY = 4


@dataclass(frozen=True)
class Seen(Generic[Replica]):
    """What is known of a replica: its models in memory, and how many runs it has."""

    replica: Replica
    name: str
    models: frozenset[str]
    going: int


def ranks(model: str, seen: Sequence[Seen[Replica]]) -> list[list[Replica]]:
    """The replicas in the order in which they are tried; of equal rank the idlest is taken.

    Of those without the model, the one with the fewest other models comes first; ties are broken by
    a hash of the model's name, so that concurrent requests cause one load.
    """
    least = min((one.going for one in seen), default=0)

    def busy(one: Seen[Replica]) -> bool:
        return one.going >= least + BUSY

    def cost(one: Seen[Replica]) -> tuple[bool, int, str]:
        digest = hashlib.sha256(f"{model} {one.name}".encode()).hexdigest()
        return busy(one), len(one.models), digest

    holding = [one for one in seen if model in one.models]
    free = [one.replica for one in holding if not busy(one)]
    others = [[one.replica] for one in sorted(seen, key=cost) if one not in holding]
    with_it = [one.replica for one in holding]
    return [rank for rank in ([free, *others] if free else [*others, with_it]) if rank]
