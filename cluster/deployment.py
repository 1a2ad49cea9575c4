"""The replicas as Ray Serve deployments, and how a front joins them.

Each pool is a Serve application of its own, without HTTP: fronts call it through a handle. On
Kubernetes a RayService deploys `cpu` and `gpu` from here (deploy/rayservice.yaml); elsewhere the
first front does.
"""

import logging
import os
import socket
from dataclasses import replace
from typing import Any

import ray
from ray import serve
from ray.serve.config import AutoscalingConfig, RequestRouterConfig
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from cluster.playground import ClusterPlayground
from cluster.pools import CPU, GPU
from cluster.replica import Replica
from pipelines.errors import InputError
from pipelines.settings import Settings, from_environment

LOCAL = "local"
PREFIX = "playground-"  # of the applications' names
TARGET_RUNS = 4  # concurrent runs per replica, on average, above which another one is started
BUSY_SECONDS = 10  # how long they must be above it
IDLE_SECONDS = 600  # before a replica is stopped: its models would have to be loaded again
DRAIN_SECONDS = 120  # for the runs of a replica that an update or the autoscaler stops
STATS_SECONDS = 0.5  # how old the router's data about a replica's models may be
CONNECT_SECONDS = 5
OBJECT_STORE_BYTES = 400_000_000  # shared memory of the local Ray, for files and long answers
LOGGING = {"log_level": "WARNING", "enable_access_log": False}  # the front logs runs
ROUTER = "cluster.routing.ByModel"


def application(settings: Settings, pool: str) -> serve.Application:
    """The application of one pool."""
    on_gpu = pool == GPU
    options: dict[str, Any] = {"num_cpus": settings.threads, "memory": settings.memory_bytes}
    scaling = AutoscalingConfig(
        min_replicas=0 if on_gpu else settings.min_replicas,
        max_replicas=settings.max_gpu_replicas if on_gpu else settings.max_replicas,
        target_ongoing_requests=TARGET_RUNS,
        upscale_delay_s=BUSY_SECONDS,
        downscale_delay_s=IDLE_SECONDS,
    )
    deployment = serve.deployment(
        Replica,
        name=pool,
        ray_actor_options={**options, "num_gpus": 1} if on_gpu else options,
        autoscaling_config=scaling,
        max_ongoing_requests=settings.max_runs,  # they wait in the replica's own queues
        graceful_shutdown_timeout_s=DRAIN_SECONDS,
        logging_config=LOGGING,
        request_router_config=RequestRouterConfig(
            request_router_class=ROUTER, request_routing_stats_period_s=STATS_SECONDS
        ),
    )
    return deployment.bind(settings)


def cpu(arguments: dict[str, str]) -> serve.Application:
    """The pool without GPUs, by the settings of the environment; for a Serve configuration."""
    return application(from_environment(), CPU)


def gpu(arguments: dict[str, str]) -> serve.Application:
    """The pool with GPUs."""
    return application(from_environment(), GPU)


def join(settings: Settings) -> ClusterPlayground:
    """Start Ray or join a cluster, deploy the replicas unless they run, and return their front.

    Raises:
        InputError: there is no cluster at the address.
    """
    if settings.cluster == LOCAL:
        settings = start_local(settings)
    else:
        try:
            _reach(settings.cluster)
            ray.init(settings.cluster, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(
                f"There is no Ray cluster at {settings.cluster}.",
                "Start one with ray start --head, or set cluster to local.",
            ) from error
    pools = [CPU, GPU] if settings.max_gpu_replicas else [CPU]
    handles = {pool: deployed(settings, pool) for pool in pools}
    return ClusterPlayground(settings, handles, ray.shutdown)


def _reach(address: str) -> None:
    """Raise OSError if nobody listens at a host and port: Ray would try for two minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()


def start_local(settings: Settings) -> Settings:
    """Start a Ray of this process's own; returns the settings of replicas that share the machine.

    Ray is told to have the resources that the replicas ask for, whatever the machine has: two small
    replicas on two cores are useful.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # send no usage statistics
    count = settings.max_replicas + settings.max_gpu_replicas
    if settings.threads == os.cpu_count():
        settings = replace(settings, threads=max(1, settings.threads // count))
    ray.init(
        "local",  # never one that runs on this machine already
        num_cpus=count * settings.threads,
        num_gpus=settings.max_gpu_replicas,
        include_dashboard=False,
        object_store_memory=OBJECT_STORE_BYTES,
        logging_level=logging.ERROR,
        _memory=count * settings.memory_bytes,
    )
    return settings


def deployed(settings: Settings, pool: str) -> DeploymentHandle:
    """The handle of a pool, deployed now unless it runs already."""
    name = PREFIX + pool
    serve.start(proxy_location="Disabled", logging_config=LOGGING)
    try:
        return serve.get_app_handle(name)
    except RayServeException:
        return serve.run(application(settings, pool), name=name, route_prefix=None)
