"""Stop reaches the model where it says nothing for long, and lets the user go at once."""

import threading
import time

import pytest

from pipelines import Playground
from pipelines.engines import engine
from pipelines.engines.transformers.model import TransformersModel
from pipelines.errors import Cancelled
from pipelines.playground import Answer
from pipelines.registry import task as find_task
from pipelines.run import Run
from pipelines.store import Progress

STOPPED_AFTER = 0.5  # seconds
LONG = 120  # seconds; a busy machine may take as long to end what it does


def loaded(tiny: Playground, task: str, name: str) -> TransformersModel:
    chosen = engine("transformers")
    folder = tiny.store.local(tiny.catalogue[name])
    assert folder
    variant = chosen.variant(folder, find_task(task).capabilities)
    model = chosen.load(folder, variant, tiny.settings)
    assert isinstance(model, TransformersModel)
    return model


def test_no_pass_through_a_model_begins_after_it(tiny: Playground) -> None:
    model = loaded(tiny, "text-classification", "bert-sequence-classification")
    inputs = model.tokenizer("hello", return_tensors="pt")
    cancel = threading.Event()
    with Run(cancel=cancel).active():
        assert model.forward(**inputs).logits.shape[0] == 1
        cancel.set()
        with pytest.raises(Cancelled):
            model.forward(**inputs)


def test_it_ends_a_search_with_beams_before_its_end(tiny: Playground) -> None:
    model = loaded(tiny, "translation", "marian")
    inputs = model.tokenizer("the lion sleeps", return_tensors="pt")
    cancel = threading.Event()
    passes: list[object] = []

    def counted(*_: object) -> None:
        passes.append(None)
        if len(passes) == 5:
            cancel.set()

    hook = model.model.get_decoder().register_forward_pre_hook(counted)
    endless = {"num_beams": 16, "min_new_tokens": 500, "max_new_tokens": 500}
    with Run(cancel=cancel).active(), pytest.raises(Cancelled):
        list(model.stream_text(model.tokenizer, inputs, **endless))
    hook.remove()
    assert len(passes) < 400
    assert not [t for t in threading.enumerate() if t.name == "transformers generate"]


def test_who_stops_does_not_wait_until_a_long_prompt_is_read(
    playground: Playground, starters: object
) -> None:
    task, model = "text-generation", "smollm2-135m-instruct"
    playground.run(task, {"prompt": "Hi"}, model, {"max_new_tokens": 1})
    cancel = threading.Event()
    threading.Timer(STOPPED_AFTER, cancel.set).start()
    prompt = " ".join(f"word {n}" for n in range(400))
    heard: list[Progress | Answer] = []
    with pytest.raises(Cancelled):
        heard += playground.stream(task, {"prompt": prompt}, model, {}, cancel)
    assert not [event for event in heard if isinstance(event, Answer)]
    ends = time.monotonic() + LONG
    while any(one.in_use for one in playground.cache.loaded()):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert playground.run(task, {"prompt": "Hi"}, model, {"max_new_tokens": 1}).value
