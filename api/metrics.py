"""/metrics: runs, models and memory for Prometheus, in a registry of this playground's own.

Runs are counted as they end (pipelines/in_flight.py); current states are read at each scrape.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from api.errors import status_of
from pipelines import Playground
from pipelines.in_flight import Watched
from pipelines.memory import resident_bytes

OTHER = "other"  # label of all models outside the catalogue: visitors must not create labels
ASKED = ("task", "model")
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The figures of one playground."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.registry = CollectorRegistry()
        self._ended = Counter(
            "playground_requests",
            "Runs that ended, by the HTTP status of their outcome",
            (*ASKED, "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "playground_request_seconds",
            "From the request to the whole answer, waiting and loading included",
            ASKED,
            buckets=SECONDS,
            registry=self.registry,
        )
        self._read = Counter(
            "playground_prompt_tokens", "Tokens read", ASKED, registry=self.registry
        )
        self._written = Counter(
            "playground_tokens", "Tokens written", ASKED, registry=self.registry
        )
        self._sound = Counter(
            "playground_audio_seconds", "Sound heard or spoken", ASKED, registry=self.registry
        )
        self.registry.register(_States(self))
        playground.in_flight.listeners.append(self.ended)

    def ended(self, run: Watched) -> None:
        """Count a run that has ended; the playground's listener."""
        asked = (run.task, self.label(run.model))
        status = 200 if run.error is None else status_of(run.error)[0]
        self._ended.labels(*asked, str(status)).inc()
        if run.error is None:
            self._seconds.labels(*asked).observe(run.seconds)
        # Tokens of cancelled runs count, too: they were computed.
        self._read.labels(*asked).inc(run.run.prompt_tokens or 0)
        self._written.labels(*asked).inc(run.run.tokens or 0)
        self._sound.labels(*asked).inc(run.run.audio_seconds or 0)

    def label(self, model: str) -> str:
        """The model's name if the catalogue has it, so that the number of labels is bounded."""
        if model == "auto":  # the run ended before it was resolved
            return model
        entry = self.playground.catalogue.find(model)
        return entry.name if entry else OTHER

    async def answer(self, request: Request) -> Response:
        """The figures in Prometheus' text format."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


class _States(Collector):
    """The gauges and counters that are read at each scrape."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Yield the current values; Prometheus' client calls this at each scrape."""
        playground, label = self.metrics.playground, self.metrics.label
        going: dict[tuple[str, str, str], int] = {}
        for run in playground.in_flight.going():
            key = (run.task, label(run.model), run.stage)
            going[key] = going.get(key, 0) + 1
        runs = GaugeMetricFamily(
            "playground_runs", "Runs that are running or waiting", labels=(*ASKED, "stage")
        )
        for key, number in going.items():
            runs.add_metric(key, number)
        yield runs
        cache = playground.cache
        loads, evictions = cache.counted()
        for name, what, counted in (
            ("playground_model_loads", "Models loaded into memory", loads),
            ("playground_model_evictions", "Models evicted from memory", evictions),
        ):
            total: dict[str, int] = {}
            for model, number in list(counted.items()):
                total[label(model)] = total.get(label(model), 0) + number
            counter = CounterMetricFamily(name, what, labels=("model",))
            for model, number in total.items():
                counter.add_metric((model,), number)
            yield counter
        memory: dict[str, int] = {}
        for one in cache.loaded():
            memory[label(one.key.name)] = memory.get(label(one.key.name), 0) + one.memory_bytes
        models = GaugeMetricFamily(
            "playground_model_memory_bytes", "Memory of a loaded model", labels=("model",)
        )
        for model, size in memory.items():
            models.add_metric((model,), size)
        yield models
        yield GaugeMetricFamily(
            "playground_memory_budget_bytes", "PLAYGROUND_MEMORY_GB", cache.budget_bytes
        )
        yield GaugeMetricFamily(
            "playground_memory_bytes", "Memory of the process", resident_bytes()
        )
