"""From text to tensors: training the tokenizer, making batches, masking the loss.

It knows the chat template, and that in tuning only the answer's tokens and the end token after them
count in the loss. Batches depend on the seed and the step alone, so a run that is resumed from a
checkpoint sees exactly the batches it would have seen.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipelines.errors import InputError
from pipelines.labs.training.village import Instruction

END, USER, ASSISTANT = "<|end|>", "<|user|>", "<|assistant|>"
# Turns look like dialogue in the stories, a name and a colon, with roles in place of names. With a
# space before it, a turn's first word is the same token as inside a sentence.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}<|user|>: {{ message['content'] }}"
    "{% elif message['role'] == 'assistant' %}<|assistant|>:"
    "{% generation %} {{ message['content'] }}<|end|>{% endgeneration %}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>:{% endif %}"
)
IGNORED = -100  # the label that torch's cross-entropy leaves out


def train_tokenizer(text: str, vocab_size: int, context: int) -> Any:
    """A byte-level BPE tokenizer trained on the text; any script survives a round trip."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END, USER, ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(text.split("\n"), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=END,
        eos_token=END,
        pad_token=END,
        additional_special_tokens=[USER, ASSISTANT],
        chat_template=CHAT_TEMPLATE,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


def set_prefix_space(tokenizer: Any, wanted: bool) -> None:
    """Set whether a text's first word gets a space before it, as it has inside a sentence."""
    from tokenizers import pre_tokenizers

    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=wanted)


def save_tokenizer(tokenizer: Any, folder: Path, tuned: bool) -> None:
    """Save it for a stage; only the tuned stage has the chat template."""
    tokenizer.chat_template = CHAT_TEMPLATE if tuned else None
    set_prefix_space(tokenizer, not tuned)
    tokenizer.save_pretrained(folder)
    set_prefix_space(tokenizer, False)


def encode_text(tokenizer: Any, text: str) -> torch.Tensor:
    """The whole text as one row of ids, (tokens,) in int64; an empty line between stories becomes
    the end token."""
    stories = [f" {story.strip()}" for story in text.split("\n\n") if story.strip()]
    ids: list[int] = []
    for row in tokenizer(stories, add_special_tokens=False, verbose=False)["input_ids"]:
        ids += [*row, tokenizer.eos_token_id]
    return torch.tensor(ids, dtype=torch.long)


def text_batch(ids: torch.Tensor, size: int, context: int, seed: int, step: int) -> torch.Tensor:
    """Windows of the text at random offsets drawn for this step: ids (tokens,) → (size, context).

    Raises:
        InputError: the text is shorter than one window.
    """
    if len(ids) < context:
        raise InputError(
            f"The text has only {len(ids):,} tokens; one window of it needs {context:,}.",
            "Give a longer text or take a shorter context.",
        )
    rng = np.random.default_rng([seed, 1, step])
    starts = rng.integers(0, len(ids) - context + 1, size)
    return torch.stack([ids[start : start + context] for start in starts.tolist()])


def prompt_ids(tokenizer: Any, instruction: str) -> list[int]:
    """An instruction in the chat template, up to where the assistant's answer begins."""
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": instruction}],
        chat_template=CHAT_TEMPLATE,
        tokenize=False,
        add_generation_prompt=True,
    )
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def answer_ids(tokenizer: Any, answer: str) -> list[int]:
    """The answer as the template writes it, with the end after it."""
    ids: list[int] = tokenizer(f" {answer}{END}", add_special_tokens=False)["input_ids"]
    return ids


def instruction_rows(
    tokenizer: Any, instructions: Sequence[Instruction], context: int
) -> list[tuple[list[int], list[int]]]:
    """(prompt ids, answer ids) of each instruction that fits the context."""
    rows = [
        (prompt_ids(tokenizer, one.instruction), answer_ids(tokenizer, one.answer))
        for one in instructions
    ]
    return [row for row in rows if len(row[0]) + len(row[1]) <= context]


def padded(
    rows: Sequence[tuple[list[int], list[int]]], pad: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Input ids, attention mask, and labels in which only the answers count.

    Each is int64 (rows, tokens of the longest row), filled up at the right with `pad`, 0, IGNORED.
    """
    longest = max(len(prompt) + len(answer) for prompt, answer in rows)
    ids = torch.full((len(rows), longest), pad)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    labels = torch.full((len(rows), longest), IGNORED)
    for number, (prompt, answer) in enumerate(rows):
        end = len(prompt) + len(answer)
        ids[number, :end] = torch.tensor(prompt + answer)
        mask[number, :end] = 1
        labels[number, len(prompt) : end] = torch.tensor(answer)
    return ids, mask, labels


def instruction_batch(
    rows: Sequence[tuple[list[int], list[int]]], size: int, pad: int, seed: int, step: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The rows of this step as of `padded`, so many or all there are; an epoch takes each row at
    most once, in a random order, and leaves out those that do not fill its last batch."""
    size = min(size, len(rows))
    rounds = len(rows) // size
    order = np.random.default_rng([seed, 2, step // rounds]).permutation(len(rows))
    first = step % rounds * size
    return padded([rows[i] for i in order[first : first + size].tolist()], pad)
