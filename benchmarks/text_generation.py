"""text-generation: llama.cpp against transformers, the adapter against the engine, eight users.

transformers reads the same GGUF file into float32, so the weights are the same. The first token is
waited for in two ways: of a prompt that was read while it was typed, as the page does it, and of
one that is sent out of the blue, as a script does it. Ratios are medians of runs side by side.
"""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from benchmarks.pairs import compared, seconds
from benchmarks.report import Row
from pipelines import Playground
from pipelines.capabilities import Chat
from pipelines.inputs.messages import Message
from pipelines.model_key import ModelKey
from pipelines.prefetch import prefetch
from pipelines.run import Request
from pipelines.sampling import Sampling
from pipelines.settings import from_environment

PROMPT = "Tell me a long story about a lighthouse keeper and his dog."
NAME = "smollm2-135m-instruct"
TOKENS = 100
USERS = 8
RUNS = 5


def run() -> list[Row]:
    """All figures of text-generation."""
    playground = Playground(from_environment())
    entry = playground.catalogue[NAME]
    folder = playground.store.get(entry)
    ask(playground)  # loads the model
    rows, their_speed = against_transformers(playground, folder)
    return [*rows, *overhead(playground), *users(playground, their_speed)]


def ask(
    playground: Playground, prompt: str = PROMPT, tokens: int = TOKENS
) -> tuple[float, float, str]:
    """(seconds to the first text, tokens per second after it, the text)."""
    began = time.perf_counter()
    first = 0.0
    text, steps = "", 0
    for answer in playground.answers(
        Request("text-generation", {"prompt": prompt}, {"max_new_tokens": tokens}, NAME)
    ):
        first = first or time.perf_counter() - began
        text, steps = answer.value["generated_text"], steps + 1
    return first, (steps - 3) / (time.perf_counter() - began - first), text


def against_transformers(playground: Playground, folder: Path) -> tuple[list[Row], float]:
    """Tokens per second and first token, both on the same weights; transformers' tokens/s."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    file = next(folder.glob("*.gguf")).name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
    messages = [{"role": "user", "content": PROMPT}]
    inputs = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    torch.set_num_threads(playground.settings.threads)

    def generate(tokens: int) -> float:
        began = time.perf_counter()
        with torch.inference_mode():
            model.generate(**inputs, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
        return time.perf_counter() - began

    def both() -> tuple[float, float]:
        first = generate(1)
        return first, (TOKENS - 1) / (generate(TOKENS) - first)

    ours: list[tuple[float, ...]] = []
    theirs: list[tuple[float, ...]] = []
    # On a thread that ends, as the playground does: a living torch pool slows llama.cpp down.
    for number in range(RUNS):
        blue, _, _ = ask(playground, f"Number {number}. {PROMPT}", tokens=8)
        typed = {"prompt": f"Story {number}. {PROMPT}"}
        prefetch(playground, "text-generation", typed, NAME, threading.Event())
        read, _, _ = ask(playground, typed["prompt"], tokens=8)
        _, speed, _ = ask(playground)
        ours.append((speed, read, blue))
        with ThreadPoolExecutor(max_workers=1) as thread:
            first, their_speed = thread.submit(both).result()
            theirs.append((their_speed, first, first))
    wanted = (
        ("tokens/s after the first", "≥ 8"),
        ("s to the first token of a prompt read while it was typed", "≤ 0.1"),
        ("s to the first token of a prompt sent out of the blue", "≤ 0.1"),
    )
    rows = [
        compared(
            f"text-generation, {what}",
            [(mine[i], their[i]) for mine, their in zip(ours, theirs, strict=True)],
            "transformers float32",
            target,
            ".3g",
        )
        for i, (what, target) in enumerate(wanted)
    ]
    return rows, statistics.median(speed for speed, _, _ in theirs)


def overhead(playground: Playground) -> list[Row]:
    """The adapter's and the page's stream against the engine called directly, same prompt."""
    entry = playground.catalogue[NAME]

    def engine() -> None:
        with playground.cache.use(ModelKey(entry.name), "", 1, _never) as lease:
            assert isinstance(lease.model, Chat)
            messages: list[Message] = [{"role": "user", "content": PROMPT}]
            sampling = Sampling(TOKENS, temperature=0.2, top_p=0.9, seed=1)
            for _ in lease.model.chat(messages, sampling):
                pass

    def page() -> None:
        options = {"max_new_tokens": TOKENS, "seed": 1}
        for _ in playground.stream(
            "text-generation", {"prompt": PROMPT}, entry.name, options, threading.Event()
        ):
            pass

    pairs = [(seconds(page), seconds(engine)) for _ in range(2 * RUNS)]
    name = f"adapter and page's stream, s for {TOKENS} tokens"
    return [compared(name, pairs, "engine directly", "≤ 1.05", ".2f")]


def users(playground: Playground, their_speed: float) -> list[Row]:
    """Total tokens per second of eight at once, against one alone and against transformers.

    transformers answers one after the other, so its total is its speed for one.
    """

    def together(count: int) -> float:
        began = time.perf_counter()
        prompts = [f"Visitor {n}. {PROMPT}" for n in range(count)]
        threads = [threading.Thread(target=ask, args=(playground, one)) for one in prompts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return count * TOKENS / (time.perf_counter() - began)

    pairs = [(together(USERS), together(1)) for _ in range(3)]
    against_theirs = [(many, their_speed) for many, _ in pairs]
    name = f"{USERS} users at once, total tokens/s"
    return [
        compared(name, pairs, "one user", "≥ 1", ".0f"),
        compared(name, against_theirs, "transformers one after the other", "≥ 10", ".0f"),
    ]


def _never() -> NoReturn:
    raise AssertionError("the model is loaded already")
