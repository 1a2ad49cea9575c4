"""text-generation on its starter: seeds, limits, stopping, and eight users at once."""

import threading
from collections.abc import Generator, Iterator, Mapping
from itertools import pairwise

import pytest

from pipelines import Playground
from pipelines.errors import Cancelled, InputError
from pipelines.folders import ASSETS
from pipelines.playground import Answer
from pipelines.run import Request

TASK = "text-generation"


def say(playground: Playground, prompt: object, **options: object) -> str:
    return str(playground.run(TASK, {"prompt": prompt}, options=options).value["generated_text"])


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


def test_it_answers_a_question_as_its_system_message_says(playground: Playground) -> None:
    talk = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "What is the capital of France?"},
    ]
    assert "Paris" in say(playground, talk, temperature=0.0, max_new_tokens=40)


def test_the_answer_grows_and_ends_whole(playground: Playground) -> None:
    prompt = {"prompt": "Count from one to ten."}
    options = {"seed": 1, "max_new_tokens": 40}
    texts = [a.value["generated_text"] for a in _answers(playground, prompt, options)]
    assert len(texts) > 5
    for shorter, longer in pairwise(texts):
        assert longer.startswith(shorter.strip())
    assert texts[-1] == texts[-1].strip()


def _answers(
    playground: Playground, inputs: Mapping[str, object], options: Mapping[str, object]
) -> Iterator[Answer]:
    return playground.answers(Request(TASK, inputs, options))


def test_the_same_seed_gives_the_same_text(playground: Playground) -> None:
    options = {"temperature": 1.0, "top_p": 1.0, "max_new_tokens": 30}
    first = say(playground, "Tell me a story.", seed=7, **options)
    assert say(playground, "Tell me a story.", seed=7, **options) == first
    assert say(playground, "Tell me a story.", seed=8, **options) != first


def test_a_seed_gives_one_text_beside_other_chats_and_after_them(playground: Playground) -> None:
    options = {"temperature": 1.0, "top_p": 0.9, "max_new_tokens": 60}
    prompt = "Write a short poem about the sea."
    alone, texts = say(playground, prompt, seed=1, **options), []
    threads = [
        threading.Thread(target=lambda: texts.append(say(playground, prompt, seed=1, **options)))
        for _ in range(4)
    ]
    # Its prompt is kept, as it is computed beside others.
    threads += [threading.Thread(target=say, args=(playground, prompt)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert texts == [alone] * 4
    assert say(playground, prompt, seed=1, **options) == alone


def test_temperature_zero_is_always_the_same(playground: Playground) -> None:
    prompt = "Name a fruit."
    one = say(playground, prompt, temperature=0.0, max_new_tokens=20)
    assert say(playground, prompt, temperature=0.0, max_new_tokens=20) == one


def test_a_model_that_sees_no_pictures_says_so(playground: Playground) -> None:
    shown = {"role": "user", "content": "What is it?", "images": [ASSETS / "examples" / "cat.jpg"]}
    with pytest.raises(InputError, match="sees no pictures"):
        playground.run(TASK, {"prompt": [shown]})


@pytest.mark.parametrize("limit", [1, 7])
def test_no_more_tokens_come_than_were_asked_for(playground: Playground, limit: int) -> None:
    answer = playground.run(
        TASK, {"prompt": "Write a long poem."}, options={"max_new_tokens": limit, "seed": 0}
    )
    assert answer.facts
    assert answer.facts.tokens is not None
    assert answer.facts.tokens <= limit


def test_a_conversation_is_remembered(playground: Playground) -> None:
    talk = [
        {"role": "user", "content": "My name is Ottilie. Please remember it."},
        {"role": "assistant", "content": "I will remember that your name is Ottilie."},
        {"role": "user", "content": "What is my name?"},
    ]
    assert "Ottilie" in say(playground, talk, temperature=0.0, max_new_tokens=30)


def test_a_conversation_longer_than_the_context_is_refused_in_a_sentence(
    playground: Playground,
) -> None:
    long = [{"role": "user", "content": "one two three four five " * 3000}] * 2
    with pytest.raises(InputError, match=r"The conversation has [\d,]+ tokens; [\d,]+ fit"):
        say(playground, [*long, {"role": "user", "content": "And?"}])


def test_closing_the_answers_stops_the_engine(playground: Playground) -> None:
    answers = _answers(playground, {"prompt": "Write a very long story."}, {"max_new_tokens": 2048})
    next(answers)
    assert isinstance(answers, Generator)
    answers.close()
    assert not [t for t in threading.enumerate() if t.name == "llama.cpp chat"]
    assert not any(one.in_use for one in playground.cache.loaded())


def test_stop_ends_the_answer_and_the_engine(playground: Playground) -> None:
    cancel = threading.Event()
    events = playground.stream(
        TASK, {"prompt": "Write a very long story."}, "auto", {"max_new_tokens": 2048}, cancel
    )
    while not isinstance(next(events), Answer):
        pass
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    assert not [t for t in threading.enumerate() if t.name == "llama.cpp chat"]


def test_eight_users_at_once_get_each_their_own_text(playground: Playground) -> None:
    words = ["apple", "river", "tiger", "candle", "piano", "garden", "winter", "silver"]
    said: dict[str, str] = {}

    def ask(word: str) -> None:
        prompt = f"What is a {word}?"
        said[word] = say(playground, prompt, temperature=0.0, max_new_tokens=40).lower()

    threads = [threading.Thread(target=ask, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert set(said) == set(words)
    for word, text in said.items():
        assert word in text, text
        assert not [other for other in words if other != word and other in text], text


@pytest.mark.parametrize(
    "prompt", ["😀😀😀", "…", "؟", "a" * 500], ids=["emoji", "dots", "ar", "a"]
)
def test_odd_prompts_get_an_answer(playground: Playground, prompt: str) -> None:
    assert isinstance(say(playground, prompt, max_new_tokens=5), str)


def test_the_same_seed_gives_the_same_text_with_transformers(tiny: Playground) -> None:
    def told(seed: int) -> str:
        options = {"seed": seed, "temperature": 1.0, "top_p": 1.0, "max_new_tokens": 12}
        text: str = tiny.run(TASK, {"prompt": "Once"}, "llama-chat", options).value[
            "generated_text"
        ]
        return text

    assert told(7) == told(7)
    assert len({told(seed) for seed in range(4)}) > 1
