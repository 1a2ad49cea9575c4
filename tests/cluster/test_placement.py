"""A request goes where its model is, and a busy model gets a second replica."""

import random

import pytest

from cluster.placement import BUSY, Seen, ranks
from cluster.pools import CPU, GPU, pool_of
from pipelines.catalogue import catalogue


def seen(name: str, *models: str, going: int = 0) -> Seen[str]:
    return Seen(name, name, frozenset(models), going)


def test_the_replica_that_has_the_model_comes_first() -> None:
    assert ranks("a", [seen("one"), seen("two", "a", going=BUSY - 1)]) == [["two"], ["one"]]


def test_of_several_that_have_it_the_router_may_take_the_idlest() -> None:
    assert ranks("a", [seen("one", "a"), seen("two", "a", going=1)]) == [["one", "two"]]


def test_a_busy_model_gets_a_second_replica() -> None:
    assert ranks("a", [seen("one", "a", going=BUSY), seen("two")]) == [["two"], ["one"]]


def test_where_all_are_as_busy_the_model_stays() -> None:
    busy = [seen("one", "a", going=9), seen("two", "b", going=8)]
    assert ranks("a", busy) == [["one"], ["two"]]


def test_a_model_that_is_nowhere_goes_to_the_fewest_models_that_are_not_busy() -> None:
    replicas = [seen("one", "b", "c"), seen("two", "d"), seen("three", going=BUSY)]
    assert ranks("a", replicas) == [["two"], ["one"], ["three"]]


def test_two_requests_at_once_for_a_model_that_is_nowhere_go_to_one_replica() -> None:
    replicas = [seen(name) for name in ("one", "two", "three")]
    shuffled = random.Random(0).sample(replicas, 3)
    assert ranks("a", replicas) == ranks("a", shuffled)
    homes = {ranks(f"model {number}", replicas)[0][0] for number in range(20)}
    assert homes == {"one", "two", "three"}  # models spread


@pytest.mark.parametrize(
    ("name", "pool"),
    [
        ("qwen3-vl-2b", GPU),  # large, on transformers
        ("rtdetr-r50", CPU),  # small
        ("qwen3-4b-instruct", CPU),  # llama.cpp uses no GPU here
        ("siebert", CPU),  # nor does OpenVINO
    ],
)
def test_large_models_that_use_a_gpu_go_to_the_gpus(name: str, pool: str) -> None:
    assert pool_of(catalogue()[name], {CPU, GPU}) == pool
    assert pool_of(catalogue()[name], {CPU}) == CPU
