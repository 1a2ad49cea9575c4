"""The container files agree with the program, as far as that can be told without a container."""

import json
import re
from typing import Any

import pytest
import yaml

from api.app import routes
from cluster.serve_environment import ENVIRONMENT
from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.fetch_starters import main
from pipelines.settings import FIELDS, Settings, variable
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def copied() -> set[str]:
    lines = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def test_what_is_copied_is_there_and_all_that_is_sent() -> None:
    assert [name for name in copied() if not (ROOT / name).exists()] == []
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split()
    assert copied() == {line[1:] for line in ignored if line.startswith("!")}


def test_the_image_has_every_package_of_the_program() -> None:
    [included] = re.findall(r"^only-include = \[(.*)\]$", PYPROJECT, re.MULTILINE)
    assert {one.strip(' "') for one in included.split(",")} <= copied()


def test_its_health_is_asked_at_a_route_of_the_server(settings: Settings) -> None:
    asked = re.findall(r"HEALTHCHECK.*\n.*http://127\.0\.0\.1:7860(/\w+)", DOCKERFILE)
    served = {getattr(one, "path", "") for one in routes(Playground(settings))}
    assert asked == ["/readyz"]
    assert set(asked) <= served


def test_its_settings_are_settings() -> None:
    named = set(re.findall(r"PLAYGROUND_[A-Z_]+", DOCKERFILE))
    assert named
    assert named <= {variable(name) for name in FIELDS}


def test_it_runs_as_nobody_special_from_before_the_starters_are_fetched() -> None:
    before, _, after = DOCKERFILE.partition("\nUSER 1000\n")
    assert "fetch_starters" in after
    assert "USER" not in before + after


def test_compose_builds_this_image_and_waits_longer_than_the_program_takes_to_end() -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["playground"]
    built = DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]
    assert built.resolve() == DEPLOY / "Dockerfile"
    assert int(service["stop_grace_period"].removesuffix("s")) > 10
    folders = {one.partition(":")[2] for one in service["volumes"]}
    assert folders <= set(re.findall(r"=(/\S+)", DOCKERFILE))


def manifests() -> dict[str, Any]:
    """What is asked of Kubernetes, by its kind; the volumes together."""
    text = (DEPLOY / "rayservice.yaml").read_text("utf-8")
    return {one["kind"]: one for one in yaml.safe_load_all(text)}


def test_the_cluster_runs_with_the_ray_that_is_pinned() -> None:
    [version] = re.findall(r'^cluster = \["ray\[serve\]==(.*)"\]$', PYPROJECT, re.MULTILINE)
    assert manifests()["RayService"]["spec"]["rayClusterConfig"]["rayVersion"] == version
    assert f'"ray[serve]=={version}"' in DOCKERFILE


def test_the_clusters_settings_are_settings() -> None:
    named = set(re.findall(r"PLAYGROUND_[A-Z_]+", json.dumps(manifests())))
    assert named
    assert named <= {variable(name) for name in FIELDS}


def test_ray_serve_is_told_the_same_on_kubernetes_as_here() -> None:
    assert manifests()["ConfigMap"]["data"].items() >= ENVIRONMENT.items()


def test_a_worker_has_room_for_the_replica_that_it_is_for() -> None:
    made = manifests()
    settings = made["ConfigMap"]["data"]
    spec = made["RayService"]["spec"]["rayClusterConfig"]
    [group] = spec["workerGroupSpecs"]
    [container] = group["template"]["spec"]["containers"]
    limits = container["resources"]["limits"]
    assert int(limits["cpu"]) == int(settings["PLAYGROUND_THREADS"])
    # Ray gives actors about 70% of a container's memory; the rest is its object store's.
    assert int(limits["memory"].removesuffix("Gi")) * 0.7 >= float(settings["PLAYGROUND_MEMORY_GB"])
    assert group["maxReplicas"] == int(settings["PLAYGROUND_MAX_REPLICAS"])


def test_the_applications_of_the_cluster_are_ones_that_a_front_asks() -> None:
    pytest.importorskip("ray.serve", reason="Ray is not installed")
    from ray.serve._private.build_app import build_app
    from ray.serve.schema import ServeDeploySchema

    from cluster import deployment
    from cluster.pools import CPU

    given = yaml.safe_load(manifests()["RayService"]["spec"]["serveConfigV2"])
    [application] = ServeDeploySchema.model_validate(given).applications
    assert application.name == deployment.PREFIX + CPU
    module, _, function = application.import_path.partition(":")
    assert module == deployment.__name__
    built = build_app(getattr(deployment, function)({}), name=application.name)
    assert [one.name for one in built.deployments] == [CPU]


def test_every_starter_is_fetched(
    starters: list[Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    main()
    assert {one.name for one in starters} <= set(capsys.readouterr().out.split())
