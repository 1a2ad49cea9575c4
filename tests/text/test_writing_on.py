"""text-generation: going on with the very text, options, and what is said where it was cut."""

from typing import Any

import pytest

from pipelines import Playground
from pipelines.capabilities import TextStream
from pipelines.errors import InputError
from pipelines.inputs.messages import Message
from pipelines.playground import Answer
from pipelines.run import Run
from pipelines.sampling import Sampling
from pipelines.text.text_generation import text_generation

TASK, PROMPT = "text-generation", "the lion sleeps under an old tree"
GREEDY = {"temperature": 0.0, "max_new_tokens": 12}
MODELS = ["gguf", "llama-chat", "gpt2"]


def answer(tiny: Playground, model: str, prompt: Any = PROMPT, **options: Any) -> Answer:
    return tiny.run(TASK, {"prompt": prompt}, model, {**GREEDY, **options})


def said(tiny: Playground, model: str, prompt: Any = PROMPT, **options: Any) -> Any:
    value = answer(tiny, model, prompt, **options).value
    return value["generated_text"] if isinstance(value, dict) else value


def test_a_text_that_is_at_its_end_is_said_to_be() -> None:
    class Silent:
        def generate(self, prompt: str, sampling: Sampling) -> TextStream:
            yield from ()

    prompt: list[Message] = [{"role": "user", "content": "The end."}]
    with Run().active() as run:
        *_, last = text_generation(Silent(), prompt, mode="continue")
    assert last == {"generated_text": ""}
    assert run.notes == ["The model wrote nothing: to it the text ends here."]


@pytest.mark.parametrize("model", MODELS)
def test_continue_goes_on_with_the_very_text(tiny: Playground, model: str) -> None:
    whole = said(tiny, model, mode="continue")
    half = said(tiny, model, mode="continue", max_new_tokens=6)
    assert half
    assert whole.startswith(half)
    assert (said(tiny, model) == whole) == (model == "gpt2")  # which has no template
    # White space at the end is a part of the text.
    assert said(tiny, model, PROMPT + "\n\n", mode="continue") != whole


def test_continue_is_what_transformers_generates_from_the_text(tiny: Playground) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue["llama-chat"])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    inputs = tokenizer(PROMPT + " ", return_tensors="pt")
    made = model.generate(**inputs, max_new_tokens=12, do_sample=False)
    theirs = tokenizer.decode(made[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    assert said(tiny, "llama-chat", PROMPT + " ", mode="continue") == theirs


def test_a_conversation_is_not_one_text(tiny: Playground) -> None:
    talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    with pytest.raises(InputError, match="cannot be continued as one text"):
        said(tiny, "gguf", talk, mode="continue")


@pytest.mark.parametrize("model", ["gguf", "llama-chat"])
def test_a_system_prompt_is_the_systems_message(tiny: Playground, model: str) -> None:
    talk = [{"role": "system", "content": "You are a lion."}, {"role": "user", "content": PROMPT}]
    alone = said(tiny, model)
    told = said(tiny, model, system="You are a lion.")
    assert told == said(tiny, model, talk)
    assert told != alone
    assert said(tiny, model, talk, system="You are a tree.") != told
    assert said(tiny, model, system=" \n") == alone


@pytest.mark.parametrize(
    ("model", "options", "note"),
    [
        ("gpt2", {}, "This model has no chat template, so the system prompt does not count."),
        ("gguf", {"mode": "continue"}, "The system prompt does not count: "),
    ],
)
def test_where_a_system_prompt_does_not_count_it_is_said(
    tiny: Playground, model: str, options: dict[str, Any], note: str
) -> None:
    notes = answer(tiny, model, system="You are a lion.", **options).notes
    assert [one for one in notes if one.startswith(note)]
    assert not [one for one in answer(tiny, model, **options).notes if "system" in one]


@pytest.mark.parametrize("model", MODELS)
def test_several_texts_are_those_of_the_seeds_that_follow(tiny: Playground, model: str) -> None:
    options = {"temperature": 1.5, "top_k": 0, "top_p": 1.0, "mode": "continue"}
    texts = said(tiny, model, num_return_sequences=3, seed=4, **options)
    alone = [{"generated_text": said(tiny, model, seed=n, **options)} for n in (4, 5, 6)]
    assert texts == alone
    assert len({one["generated_text"] for one in texts}) == 3


def test_several_texts_at_temperature_zero_are_refused(tiny: Playground) -> None:
    with pytest.raises(InputError, match="At temperature 0 all 2 texts would be the same"):
        said(tiny, "gpt2", num_return_sequences=2)


@pytest.mark.parametrize("model", MODELS)
def test_a_text_at_its_limit_says_that_it_was_cut(tiny: Playground, model: str) -> None:
    cut = answer(tiny, model, mode="continue", max_new_tokens=3)
    assert cut.facts
    assert (cut.facts.finish_reason, cut.facts.tokens) == ("length", 3)
    assert cut.notes == ("Cut at 3 tokens.",)
    assert answer(tiny, model, mode="continue", max_new_tokens=1).notes == ("Cut at 1 token.",)
    stop = said(tiny, model, mode="continue")[4]
    ended = answer(tiny, model, mode="continue", stop=["never", stop])
    assert ended.facts
    assert ended.facts.finish_reason == "stop"
    assert not ended.notes
    assert stop not in ended.value["generated_text"]
    assert answer(tiny, model, mode="continue", stop=stop).value == ended.value


@pytest.mark.parametrize("model", ["gguf", "llama-chat"])
def test_an_answer_that_was_cut_goes_on(tiny: Playground, model: str) -> None:
    talk = [{"role": "user", "content": PROMPT}]
    begun = {"role": "assistant", "content": "under a tree"}
    more = said(tiny, model, [*talk, begun])
    assert more not in {said(tiny, model, talk), said(tiny, model, [*talk, begun, *talk])}


@pytest.mark.parametrize(
    ("stop", "said_of_it"),
    [
        (5, "stop must be a list of texts"),
        (["a", 5], "stop must be a list of texts"),
        ([""], "stop takes up to 16 texts of 1 to 200 characters"),
        (["a"] * 17, "stop takes up to 16 texts"),
        ("a" * 201, "stop takes up to 16 texts"),
    ],
)
def test_stop_strings_that_cannot_be_used_are_refused(
    tiny: Playground, stop: Any, said_of_it: str
) -> None:
    with pytest.raises(InputError, match=said_of_it):
        said(tiny, "gpt2", stop=stop)


def test_a_begun_answer_of_a_model_without_a_template_goes_on_after_its_question(
    tiny: Playground,
) -> None:
    whole = said(tiny, "gpt2", mode="continue")
    half = said(tiny, "gpt2", mode="continue", max_new_tokens=6)
    begun = [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": half}]
    assert half + said(tiny, "gpt2", begun, max_new_tokens=6) == whole
