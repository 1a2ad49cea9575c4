"""translation: CTranslate2, as the tab runs it, against transformers' generate on the same weights.

One sentence of twelve words, and twenty sentences: ours as one text, which the adapter splits and
joins, theirs as one padded batch. Greedy; ratios are medians of runs side by side.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.pairs import compared, warm
from benchmarks.report import Row
from pipelines import Playground
from pipelines.run import Request
from pipelines.settings import from_environment

NAME = "translation"
TARGET = "≤ 0.25"
ONE = "A man in a blue shirt is standing on a tall ladder."
WHO = ("A man", "A woman", "A little girl", "An old man", "A boy")
WHAT = (
    "is riding a bicycle down the street.",
    "is sitting at a table in a restaurant.",
    "jumps into the water.",
    "is playing the guitar on a stage.",
)
TWENTY = [f"{who} {what}" for who in WHO for what in WHAT]
RUNS = 9
LONGEST = 127  # new tokens: the model has 128 positions


def run() -> list[Row]:
    """One sentence and twenty."""
    playground = Playground(from_environment())
    folder = playground.store.get(playground.catalogue[NAME])
    theirs = _generate(folder, playground.settings.threads)
    return [
        _row("a sentence of 12 words, greedy", playground, [ONE], theirs),
        _row("20 sentences, greedy", playground, TWENTY, theirs),
    ]


def _generate(folder: Path, threads: int) -> Callable[[list[str]], Any]:
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()

    def generate(sentences: list[str]) -> Any:
        torch.set_num_threads(threads)
        texts = [f">>fr<< {one}" for one in sentences]
        inputs = tokenizer(texts, return_tensors="pt", padding=True)
        with torch.inference_mode():
            made = model.generate(**inputs, num_beams=1, max_new_tokens=LONGEST)
        return tokenizer.batch_decode(made, skip_special_tokens=True)

    return generate


def _row(
    name: str, playground: Playground, sentences: list[str], theirs: Callable[[list[str]], Any]
) -> Row:
    def ours() -> None:
        for _ in playground.answers(Request(NAME, {"text": " ".join(sentences)}, {}, NAME)):
            pass

    ours()
    theirs(sentences)
    pairs = []
    for _ in range(RUNS):
        # On a thread that ends, as the playground does: a living torch pool slows others down.
        with ThreadPoolExecutor(max_workers=1) as thread:
            against = thread.submit(warm, lambda: theirs(sentences)).result()
        pairs.append((warm(ours), against))
    return compared(f"translation, {name} (ms)", pairs, "transformers float32", TARGET, ".3g")
