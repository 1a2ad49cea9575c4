"""One seed gives one text, whatever else runs, has run or is kept."""

import threading
from typing import Any

import pytest
import torch

from pipelines import Playground
from pipelines.engines.transformers.sampling import Sampler
from pipelines.sampling import Sampling

TASK = "text-generation"
PROMPT = {"prompt": "the lion sleeps under an old tree"}
SAMPLED = {"max_new_tokens": 24, "temperature": 1.0, "top_p": 1.0}


def say(tiny: Playground, model: str, seed: int | None = 1) -> str:
    value = tiny.run(TASK, PROMPT, model, SAMPLED | {"seed": seed}).value
    return str(value["generated_text"])


def side_by_side(*work: Any) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)


@pytest.mark.parametrize("model", ["llama-chat", "gpt2", "gguf"])
def test_a_seed_gives_one_text_and_another_seed_another(tiny: Playground, model: str) -> None:
    first = say(tiny, model)
    assert [say(tiny, model) for _ in range(3)] == [first] * 3
    assert say(tiny, model, 2) != first
    assert len({say(tiny, model, None) for _ in range(3)}) > 1


def test_two_models_that_sample_side_by_side_write_what_each_writes_alone(
    tiny: Playground,
) -> None:
    alone = {name: say(tiny, name) for name in ("llama-chat", "gpt2")}
    for _ in range(5):
        texts: list[tuple[str, str]] = []
        side_by_side(
            lambda texts=texts: texts.append(("gpt2", say(tiny, "gpt2"))),
            lambda texts=texts: texts.append(("llama-chat", say(tiny, "llama-chat"))),
        )
        assert dict(texts) == alone


def test_sampling_leaves_torchs_own_generator_alone(tiny: Playground) -> None:
    say(tiny, "gpt2")  # loading takes random numbers
    torch.manual_seed(5)
    before = torch.get_rng_state()
    say(tiny, "gpt2")
    assert torch.equal(torch.get_rng_state(), before)


def test_samples_have_the_distribution_of_temperature_top_k_and_top_p() -> None:
    scores = torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0, -9.0]]).repeat(20_000, 1)
    sampler = Sampler(Sampling(1, temperature=0.7, top_k=4, top_p=0.9, seed=0))
    counts = sampler(None, scores).argmax(-1).bincount(minlength=6) / len(scores)
    wanted = (scores[0, :4] / 0.7).softmax(-1)
    kept = wanted.cumsum(-1) - wanted < 0.9  # top-p takes tokens until their sum reaches it
    wanted = torch.nn.functional.pad(wanted * kept / (wanted * kept).sum(), (0, 2))
    assert counts.tolist() == pytest.approx(wanted.tolist(), abs=0.015)
    assert not counts[~torch.nn.functional.pad(kept, (0, 2))].any()


def test_others_at_the_same_time_change_no_seeded_text(tiny: Playground) -> None:
    alone = say(tiny, "gguf")
    texts: list[str] = []
    side_by_side(
        *(lambda: texts.append(say(tiny, "gguf")) for _ in range(3)),
        *(lambda n=n: say(tiny, "gguf", n) for n in range(2, 7)),
    )
    assert texts == [alone] * 3
    assert say(tiny, "gguf") == alone
