"""Each option of Sampling has an effect, and the same one in llama.cpp and in transformers.

Both load one GGUF file: transformers dequantizes it, so that the scores are alike.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipelines import Playground
from pipelines.engines import engine, llama, llama_requests
from pipelines.engines.transformers.causal import CausalModel, ChatModel
from pipelines.engines.transformers.sampling import Penalties, Sampler
from pipelines.inputs.messages import Message
from pipelines.run import Run
from pipelines.sampling import Sampling

PROMPT = "the lion sleeps under an old tree and the lion"
BEFORE_TEXT = "the lion sleeps"  # a prompt whose likely next tokens are letters
TALK: list[Message] = [{"role": "user", "content": PROMPT}]
GREEDY = Sampling(20)  # by itself it ends after 23
WILD = Sampling(20, temperature=2.0, top_k=0, seed=3)


@pytest.fixture(scope="module")
def both(tiny: Playground) -> Iterator[tuple[llama.LlamaModel, ChatModel]]:
    """The same tiny chat model in both engines."""
    folder = tiny.store.local(tiny.catalogue["gguf"])
    assert folder
    file = next(folder.glob("*.gguf")).name
    here = llama.ENGINE.load(folder, "", replace(tiny.settings, threads=1))
    there = ChatModel(
        folder,
        AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval(),
        "AutoModelForCausalLM",
    )
    there.tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    # llama.cpp knows by their names which tokens end a text.
    ends = there.tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
    there.model.generation_config.eos_token_id = ends
    yield here, there
    here.close()


def said(model: Any, sampling: Sampling) -> str:
    return "".join(model.generate(PROMPT, sampling))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"max_new_tokens": 5},
        {"repetition_penalty": 1.3},
        {"presence_penalty": 0.4},
        {"presence_penalty": -0.3, "max_new_tokens": 15},
        {"frequency_penalty": 0.2},
        {"repetition_penalty": 1.1, "presence_penalty": 0.1, "frequency_penalty": 0.1},
    ],
    ids=str,
)
def test_an_option_gives_both_engines_one_text(
    both: tuple[llama.LlamaModel, ChatModel], changed: dict[str, Any]
) -> None:
    here, there = (said(model, replace(GREEDY, **changed)) for model in both)
    assert here == there
    assert not changed or here != said(both[0], GREEDY)


@pytest.mark.parametrize("model", [0, 1], ids=["llama.cpp", "transformers"])
@pytest.mark.parametrize("alone", [{"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}], ids=str)
def test_what_leaves_one_token_is_greedy(
    both: tuple[llama.LlamaModel, ChatModel], model: int, alone: dict[str, Any]
) -> None:
    assert said(both[model], WILD) != said(both[model], GREEDY)
    assert said(both[model], replace(WILD, **alone)) == said(both[model], GREEDY)


@pytest.mark.parametrize(
    "changed",
    [
        {"temperature": 0.3},
        {"temperature": 1.7},
        {"top_k": 3},
        {"top_p": 0.6},
        {"min_p": 0.5},
        {"repetition_penalty": 1.2},
        {"frequency_penalty": 0.3, "presence_penalty": 0.2},
        {"temperature": 0.5, "top_k": 40, "top_p": 0.7, "min_p": 0.1, "presence_penalty": 0.5},
    ],
    ids=str,
)
def test_both_engines_sample_the_next_token_from_one_distribution(
    both: tuple[llama.LlamaModel, ChatModel], changed: dict[str, Any]
) -> None:
    sampling = replace(Sampling(1, temperature=1.0, top_k=0, seed=1), **changed)
    here, there = _by_llama(both[0], sampling), _by_transformers(both[1], sampling)
    assert set(here) == set(there)
    assert [here[token] for token in there] == pytest.approx(list(there.values()), abs=0.002)
    assert here != _by_llama(both[0], Sampling(1, temperature=1.0, top_k=0))


def test_penalties_count_what_stands_far_before(
    both: tuple[llama.LlamaModel, ChatModel],
) -> None:
    prompt = "a dog runs" + " the lion sleeps" * 40
    penalized = Sampling(1, temperature=1.0, top_k=0, seed=1, presence_penalty=1.5)
    here, there = (
        _by_llama(both[0], penalized, prompt),
        _by_transformers(both[1], penalized, prompt),
    )
    assert [here[token] for token in there] == pytest.approx(list(there.values()), abs=0.002)


def _by_llama(
    model: llama.LlamaModel, sampling: Sampling, prompt: str = BEFORE_TEXT
) -> dict[int, float]:
    told: list[Any] = []

    def hear(answer: dict[str, Any]) -> bool:
        told.append(answer["choices"][0]["logprobs"])
        return False

    asked = {"prompt": prompt, "n_probs": 1000, "post_sampling_probs": True, "stream": False}
    request = {**llama_requests.sampling_options(sampling), "return_progress": False, **asked}
    for seed in range(50):  # nothing is told of a token that ends the text
        with model._server.reserve(1) as server:
            server.handle_completions(request | {"seed": seed}, hear)
        if told[-1]:
            break
    [token] = told[-1]["content"]
    return {one["id"]: one["prob"] for one in token["top_probs"] if one["prob"] > 0}


def _by_transformers(
    model: CausalModel, sampling: Sampling, prompt: str = BEFORE_TEXT
) -> dict[int, float]:
    from transformers import RepetitionPenaltyLogitsProcessor

    ids = model.tokenizer(prompt, return_tensors="pt")["input_ids"]
    scores = model.model(ids).logits[:, -1].detach()
    for process in (
        RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty),
        Penalties(sampling.presence_penalty, sampling.frequency_penalty),
        Sampler(sampling).warped,
    ):
        scores = process(ids, scores)
    likely = scores.softmax(-1)[0]
    return {index: float(likely[index]) for index in likely.nonzero()[:, 0].tolist()}


@pytest.mark.parametrize("model", [0, 1], ids=["llama.cpp", "transformers"])
def test_a_stop_string_ends_the_text_before_it(
    both: tuple[llama.LlamaModel, ChatModel], model: int
) -> None:
    whole = said(both[model], GREEDY)
    stop = whole[7:10]
    with Run().active() as run:
        assert said(both[model], replace(GREEDY, stop=("never", stop))) == whole.split(stop)[0]
    assert run.finish_reason == "stop"
    with Run().active() as run:
        assert said(both[model], GREEDY) == whole
    assert run.finish_reason == "length"
    assert run.tokens == GREEDY.max_new_tokens


@pytest.mark.parametrize("model", [0, 1], ids=["llama.cpp", "transformers"])
def test_a_text_that_the_model_ends_itself_was_not_cut(
    both: tuple[llama.LlamaModel, ChatModel], model: int
) -> None:
    loud = replace(WILD, max_new_tokens=400, temperature=1.0, seed=11)
    with Run().active() as run:
        said(both[model], loud)
    assert run.tokens is not None
    assert run.tokens < 400
    assert run.finish_reason == "stop"


@pytest.mark.parametrize("model", [0, 1], ids=["llama.cpp", "transformers"])
def test_the_assistants_last_message_is_gone_on_with(
    both: tuple[llama.LlamaModel, ChatModel], model: int
) -> None:
    whole = "".join(both[model].chat(TALK, Sampling(12)))
    begun: Message = {"role": "assistant", "content": "under a tree and"}
    going_on = "".join(both[model].chat([*TALK, begun], Sampling(12)))
    asked_again = "".join(both[model].chat([*TALK, begun, *TALK], Sampling(12)))
    assert going_on not in {whole, asked_again}
    assert going_on == "".join(both[1 - model].chat([*TALK, begun], Sampling(12)))


def test_options_of_the_repository_do_not_count(tiny: Playground) -> None:
    folder = tiny.store.local(tiny.catalogue["gpt2"])
    assert folder
    model = engine("transformers").load(folder, "AutoModelForCausalLM", tiny.settings)
    assert isinstance(model, CausalModel)
    plain = said(model, GREEDY)
    model.model.generation_config.repetition_penalty = 1.8
    assert said(model, GREEDY) == plain
