"""A front and two replicas on two nodes of one machine: answers, places, and what is lost."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from cluster.placement import BUSY
from cluster.recovery import WENT_ON
from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.errors import BusyError, Cancelled, InputError, ModelError
from pipelines.folders import ASSETS
from pipelines.outputs import Speech
from pipelines.playground import Answer
from pipelines.run import Request
from pipelines.settings import Settings
from tests.cluster.conftest import MISSING, PATIENCE, REPLICA, Machines, until
from tests.conftest import served
from tests.soak import process_at

if TYPE_CHECKING:
    from cluster.playground import ClusterPlayground

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DIGITS = "spoken-digits"
EXAMPLES = ASSETS / "examples"
SENTIMENT = ("text-classification", {"text": "I love it."})
# At this temperature it writes until it is cut.
LONG = {"max_new_tokens": 300, "temperature": 2.0, "seed": 1}
STORY = {"prompt": "Tell me a long story about a lion and its friends."}


def streamed(front: Playground) -> Iterator[Any]:
    return front.stream_request(Request("text-generation", STORY, LONG), threading.Event())


def holding(front: "ClusterPlayground", model: str) -> set[int]:
    """The replicas that have a model in memory."""
    return {
        state.process
        for state in front.cache.states
        if model in {one.key.name for one in state.loaded}
    }


def answering(front: "ClusterPlayground") -> list[int]:
    """The replicas that answer now; what the front knows may be of a second ago."""
    front.cache.refresh()
    return [state.process for state in front.cache.states if state.going]


@contextmanager
def asked_all_the_time(front: Playground) -> Iterator[list[Any]]:
    """Two users who ask one after another; inside, their answers so far, errors among them."""
    answers: list[Any] = []
    ended = threading.Event()

    def user() -> None:
        while not ended.is_set():
            try:
                answers.append(front.run(*SENTIMENT))
            except Exception as error:
                answers.append(error)
                time.sleep(0.1)

    with ThreadPoolExecutor(2) as users:
        asking = [users.submit(user) for _ in range(2)]
        try:
            yield answers
        finally:
            ended.set()
            for one in asking:
                one.result()


@pytest.mark.parametrize(
    ("task", "inputs", "model", "options"),
    [
        ("text-classification", {"text": ["I love it.", "I hate it."]}, "auto", {"top_k": 1}),
        ("image-classification", {"image": str(EXAMPLES / "cat.jpg")}, "auto", {"top_k": 2}),
        ("audio-classification", {"audio": {"path": str(EXAMPLES / "weather.mp3")}}, DIGITS, {}),
        (
            "text-generation",
            {"prompt": "Rain?"},
            "auto",
            {"max_new_tokens": 20, "temperature": 0.0},
        ),
    ],
)
def test_a_replica_answers_as_a_playground_of_ones_own(
    front: "ClusterPlayground",
    playground: Playground,
    task: str,
    inputs: dict[str, Any],
    model: str,
    options: dict[str, Any],
) -> None:
    mine, theirs = (one.run(task, inputs, model, options) for one in (playground, front))
    assert theirs.value == mine.value
    assert theirs.notes == mine.notes
    assert theirs.facts
    assert mine.facts
    assert (theirs.facts.model, theirs.facts.tokens) == (mine.facts.model, mine.facts.tokens)


def test_speech_comes_as_it_is_spoken(front: "ClusterPlayground") -> None:
    spoken = front.run("text-to-speech", {"text": "Good morning."}).value
    assert isinstance(spoken, Speech)
    assert len(spoken.samples) > spoken.sampling_rate / 2


def test_errors_keep_their_kind_and_their_words(front: "ClusterPlayground") -> None:
    with pytest.raises(InputError, match="no option named strange"):
        front.run(*SENTIMENT, options={"strange": 1})
    with pytest.raises(ModelError, match="neither in the catalogue nor a Hub id"):
        front.run(*SENTIMENT, model="nothing here")


def test_text_comes_while_it_is_written_and_stop_ends_it_on_the_replica(
    front: "ClusterPlayground",
) -> None:
    cancel = threading.Event()
    options = {**LONG, "max_new_tokens": 2000}
    events = front.stream_request(Request("text-generation", STORY, options), cancel)
    grown = [event for event, _ in zip(events, range(12), strict=False)]
    texts = [one.value["generated_text"] for one in grown if isinstance(one, Answer)]
    assert len(set(texts)) > 2
    assert texts == sorted(texts, key=len)
    until(lambda: answering(front))
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    until(lambda: not answering(front), seconds=10)


def test_what_the_replicas_have_in_memory_is_told_and_unloaded(front: "ClusterPlayground") -> None:
    front.run(*SENTIMENT)
    until(lambda: holding(front, "sentiment"))
    [key] = {one.key for one in front.cache.loaded() if one.key.name == "sentiment"}
    assert front.cache.held_bytes() > 0
    assert front.cache.counted()[0]["sentiment"] >= 1
    assert front.cache.unload(key)
    assert not holding(front, "sentiment")


def test_a_model_stays_on_one_replica_until_it_is_busy(front: "ClusterPlayground") -> None:
    model = "smollm2-135m-instruct"
    for one in [one.key for one in front.cache.loaded() if one.key.name == model]:
        assert front.cache.unload(one)
    for _ in range(4):
        front.run("text-generation", {"prompt": "Hi"}, options={"max_new_tokens": 2})
    until(lambda: holding(front, model))
    assert len(holding(front, model)) == 1
    with ThreadPoolExecutor(2 * BUSY) as pool:
        asked = [pool.submit(list, streamed(front)) for _ in range(2 * BUSY)]
        until(lambda: len(answering(front)) == 2)
        assert all(one.result()[-1].facts for one in asked)
    until(lambda: len(holding(front, model)) == 2)


def test_a_chat_whose_replica_is_killed_goes_on_and_says_so(
    front: "ClusterPlayground", machines: Machines
) -> None:
    events = streamed(front)
    shown = ""
    while len(shown) < 40:
        event = next(events)
        shown = event.value["generated_text"] if isinstance(event, Answer) else ""
    [process] = until(lambda: answering(front))
    psutil.Process(process).kill()
    later = [event for event in events if isinstance(event, Answer)]
    assert all(one.value["generated_text"].startswith(shown) for one in later)
    assert later[-1].facts
    assert WENT_ON in later[-1].notes
    assert len(later[-1].value["generated_text"]) > len(shown)
    until(lambda: len(front.cache.states) == 2)


def test_runs_whose_node_vanishes_are_answered_elsewhere_unseen(
    front: "ClusterPlayground", machines: Machines
) -> None:
    right = front.run(*SENTIMENT).value
    with asked_all_the_time(front) as answers:
        until(lambda: len(answers) > 20)
        machines.cluster.remove_node(machines.nodes.pop(), allow_graceful=False)
        before = len(answers)
        until(lambda: len(answers) > before + 200)
    assert [one for one in answers if isinstance(one, Exception)] == []
    assert all((one.value, one.notes) == (right, ()) for one in answers)
    machines.nodes.append(machines.add_node())
    until(lambda: len(front.cache.states) == 2)


def test_where_no_machine_is_left_a_run_says_so_and_the_next_machine_answers(
    front: "ClusterPlayground", machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wait in ("NOBODY_SECONDS", "UNASKED_SECONDS"):
        monkeypatch.setattr(f"cluster.playground.{wait}", 2.0)
    while machines.nodes:
        machines.cluster.remove_node(machines.nodes.pop(), allow_graceful=False)
    until(lambda: not front.cache.states)
    with pytest.raises(BusyError, match="No machine answers") as caught:
        front.run(*SENTIMENT)
    assert caught.value.retry_after
    machines.nodes += [machines.add_node(), machines.add_node()]
    until(lambda: len(front.cache.states) == 2)
    assert front.run(*SENTIMENT).value


def test_an_update_of_the_deployment_loses_nothing(
    front: "ClusterPlayground", machines: Machines, cluster_settings: Settings
) -> None:
    from ray import serve

    from cluster.deployment import PREFIX, application

    old = {one.pid for one in machines.replicas()}
    assert len(old) == 2
    changed = replace(cluster_settings, max_labels=cluster_settings.max_labels + 1)
    with asked_all_the_time(front) as answers:
        until(lambda: len(answers) > 20)
        serve.run(application(changed, "cpu"), name=PREFIX + "cpu", route_prefix=None)
        until(lambda: not old & {one.pid for one in machines.replicas()})
        before = len(answers)
        until(lambda: len(answers) > before + 20)
    assert [one for one in answers if isinstance(one, Exception)] == []


def test_a_head_that_restarts_is_not_noticed(
    front: "ClusterPlayground", machines: Machines
) -> None:
    with asked_all_the_time(front) as answers:
        until(lambda: len(answers) > 20)
        head = machines.cluster.head_node
        head.kill_gcs_server()
        down = len(answers)
        until(lambda: len(answers) > down + 20)  # replicas answer without it
        head.start_gcs_server()
        before = len(answers)
        until(lambda: len(answers) > before + 20)
    assert [one for one in answers if isinstance(one, Exception)] == []


def test_the_app_with_a_cluster_of_its_own_serves_and_leaves_no_process(
    starters: list[Entry], tmp_path: Path
) -> None:
    pytest.importorskip("ray", reason=MISSING)
    environment = {"PLAYGROUND_CLUSTER": "local", "PLAYGROUND_MAX_REPLICAS": "1"}
    with served(tmp_path, **environment) as url:
        asked = httpx.post(f"{url}/hf/tasks/text-classification", json={"inputs": "I love it."})
        assert asked.json()[0][0]["label"] == "POSITIVE"
        processes = process_at(url).children(recursive=True)
        assert any(REPLICA in " ".join(one.cmdline()) for one in processes)
    _, alive = psutil.wait_procs(processes, PATIENCE)
    assert alive == []
