"""A Ray cluster of a head and two nodes on this machine, its replicas, and a front that asks them.

One for all tests, for it takes seconds to start. What a test takes away it puts back.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pipelines.catalogue import Entry
from pipelines.settings import Settings, from_environment
from tests import waiting

if TYPE_CHECKING:
    from cluster.playground import ClusterPlayground

MISSING = "Ray is not installed; pip install 'ray[serve]' as pyproject.toml pins it"
REPLICA = "ray::ServeReplica:playground-cpu"  # what Ray calls the process
PATIENCE = 90.0
until = partial(waiting.until, seconds=PATIENCE)


class Machines:
    """The cluster's nodes and processes, to take away."""

    def __init__(self, folder: Path) -> None:
        from ray.cluster_utils import Cluster

        import cluster  # noqa: F401  # nodes inherit its environment

        # The head's knowledge lies on the disk, so that it may restart.
        storage = {"gcs_storage": "rocksdb", "gcs_storage_path": str(folder)}
        head = {"num_cpus": 0, "include_dashboard": False, "_system_config": storage}
        self.cluster: Any = Cluster(initialize_head=True, head_node_args=head)
        self.nodes = [self.add_node(), self.add_node()]

    def add_node(self) -> Any:
        """One more, with room for one replica."""
        return self.cluster.add_node(num_cpus=1)

    def replicas(self) -> list[psutil.Process]:
        """The processes of the replicas."""
        ours = psutil.Process().children(recursive=True)
        found = [one for one in ours if one.is_running() and self._named(one)]
        return sorted(found, key=lambda one: one.pid)

    @staticmethod
    def _named(process: psutil.Process) -> bool:
        try:
            return process.cmdline()[:1] != [] and process.cmdline()[0].startswith(REPLICA)
        except psutil.Error:
            return False


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """The cluster, with this process as its driver."""
    ray = pytest.importorskip("ray", reason=MISSING)
    pytest.importorskip("grpc", reason=MISSING)
    made = Machines(tmp_path_factory.mktemp("gcs"))
    try:
        yield made
    finally:
        ray.shutdown()
        made.cluster.shutdown()


@pytest.fixture(scope="session")
def cluster_settings(machines: Machines) -> Settings:
    """Two small replicas, one a node."""
    return from_environment(
        cluster=machines.cluster.address, min_replicas=2, max_replicas=2, threads=1, memory_gb=2
    )


@pytest.fixture(scope="session")
def front(
    machines: Machines, cluster_settings: Settings, starters: list[Entry]
) -> "Iterator[ClusterPlayground]":
    """The playground of a front, as `--cluster` makes it."""
    from cluster.deployment import join

    playground = join(cluster_settings)
    until(lambda: len(playground.cache.states) == 2)
    yield playground
    playground.close()
