"""A cluster that cannot be joined is said in a sentence."""

import sys

import pytest

from pipeline_playground import clustered
from pipelines.errors import InputError
from pipelines.settings import Settings
from tests.cluster.conftest import MISSING


def test_without_ray_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in {"ray", "cluster"}]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"needs Ray.*pipeline-playground\[cluster\]"):
        clustered(Settings(cluster="local"))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense"])
def test_an_address_where_no_cluster_is_is_named(address: str) -> None:
    pytest.importorskip("ray.serve", reason=MISSING)
    with pytest.raises(InputError, match=f"There is no Ray cluster at {address}"):
        clustered(Settings(cluster=address))


def test_fewer_replicas_at_most_than_at_least_are_refused() -> None:
    with pytest.raises(InputError, match="min_replicas is more than max_replicas"):
        Settings(min_replicas=3, max_replicas=2)
