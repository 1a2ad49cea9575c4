"""What a run of lab 2 is trained on: the built-in dataset, or the learner's own text and JSONL.

It validates a learner's text and instructions and says what is wrong with them: too short, not
UTF-8, which lines of the JSONL are invalid. It splits off the held-out part.
"""

import json
import random
from dataclasses import dataclass
from functools import lru_cache

from pipelines.errors import InputError
from pipelines.inputs.json_values import MOST_VALUES, line_has_too_many
from pipelines.labs.training import village
from pipelines.labs.training.village import Instruction
from pipelines.parse_json import parse_json

MIN_CHARACTERS = 5_000
MAX_CHARACTERS = 20_000_000
MIN_INSTRUCTIONS = 8
LINES_NAMED = 8
HELD_OUT_TEXT = 0.05
HELD_OUT_INSTRUCTIONS = 0.2
QUESTION_KEYS = ("instruction", "prompt", "question")
ANSWER_KEYS = ("answer", "output", "response", "completion")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Text and instructions of a run, each with the part that is held out."""

    text: str
    held_out_text: str
    instructions: tuple[Instruction, ...]
    held_out_instructions: tuple[Instruction, ...]


@lru_cache(maxsize=1)  # 0.4 s to generate, and every start of a run needs it
def built_in(seed: int = 0) -> Dataset:
    """The stories and questions of village.py."""
    tuning, unseen = village.instructions(seed)
    text, held_out = _split(village.text(seed))
    return Dataset(text, held_out, tuning, unseen)


def of_learner(text: str | bytes | None, jsonl: str | bytes | None, seed: int = 0) -> Dataset:
    """The learner's text and instructions, with the built-in ones for what is None."""
    ours = built_in(seed)
    if text is not None:
        mine, held_out = _split(read_text(text))
        ours = Dataset(mine, held_out, ours.instructions, ours.held_out_instructions)
    if jsonl is None:
        return ours
    lines = once_each(read_instructions(jsonl))
    random.Random(f"split {seed}").shuffle(lines)
    back = max(1, round(HELD_OUT_INSTRUCTIONS * len(lines)))
    return Dataset(ours.text, ours.held_out_text, tuple(lines[back:]), tuple(lines[:back]))


def read_text(text: str | bytes) -> str:
    """The learner's text, validated."""
    text = _decode(text, "The text").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise InputError("The text is empty.", "Paste or upload a text to train on.")
    if len(text) < MIN_CHARACTERS:
        raise InputError(
            f"The text has {len(text):,} characters; at least {MIN_CHARACTERS:,} are needed.",
            "A few hundred thousand characters work well.",
        )
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are taken."
        )
    return text


def read_instructions(jsonl: str | bytes) -> tuple[Instruction, ...]:
    """The learner's instructions, one JSON object a line; broken lines are named by number."""
    read: list[Instruction] = []
    broken: list[tuple[int, str]] = []
    for number, line in enumerate(_decode(jsonl, "The JSONL").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            read.append(_instruction(line))
        except ValueError as error:
            broken.append((number, str(error)))
    if broken:
        named = "; ".join(f"line {number}: {why}" for number, why in broken[:LINES_NAMED])
        more = f"; and {len(broken) - LINES_NAMED} more" if len(broken) > LINES_NAMED else ""
        raise InputError(
            f"{len(broken)} of the instructions cannot be read. {named}{more}.",
            'Each line is one object: {"instruction": "Where does Ada live?", "answer": "here"}',
        )
    if len(read) < MIN_INSTRUCTIONS:
        raise InputError(
            f"There are {len(read)} instructions; {MIN_INSTRUCTIONS} are the least to tune on."
        )
    return tuple(read)


def once_each(read: tuple[Instruction, ...]) -> list[Instruction]:
    """Drop repeated questions, since a held-out one must not be among those to tune on."""
    first: dict[str, Instruction] = {}
    for one in read:
        first.setdefault(one.instruction, one)
    if len(first) < MIN_INSTRUCTIONS:
        raise InputError(
            f"There are {len(first)} different questions; {MIN_INSTRUCTIONS} are the least to "
            "tune on."
        )
    return list(first.values())


def _instruction(line: str) -> Instruction:
    if line_has_too_many(line):
        raise ValueError(f"more than {MOST_VALUES:,} values")
    try:
        value = parse_json(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg} at column {error.colno})") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if "messages" in value:
        value = _one_turn(value["messages"])
    return Instruction(_field(value, QUESTION_KEYS), _field(value, ANSWER_KEYS))


def _one_turn(messages: object) -> dict[str, object]:
    """A question and its answer in the form of the Hub's chat datasets."""
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise ValueError('"messages" is not a list of objects')
    if [one.get("role") for one in messages] != ["user", "assistant"]:
        raise ValueError('"messages" is not one turn of user and assistant')
    asked, answered = (one.get("content") for one in messages)
    return {QUESTION_KEYS[0]: asked, ANSWER_KEYS[0]: answered}


def _field(value: dict[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        if key in value:
            text = value[key]
            if not isinstance(text, str):
                raise ValueError(f'"{key}" is not a text')
            if not text.strip():
                raise ValueError(f'"{key}" is empty')
            return text.strip()
    raise ValueError(f'"{keys[0]}" is missing')


def _decode(data: str | bytes, what: str) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{what} is not UTF-8 (byte {error.start:,}).", "Save it as UTF-8 and try again."
        ) from error


def _split(text: str) -> tuple[str, str]:
    """Hold out the end of a text, from the end of a line if there is one near."""
    at = round(len(text) * (1 - HELD_OUT_TEXT))
    end = text.find("\n", at)
    if end != -1 and end - at < len(text) - at - MIN_CHARACTERS * HELD_OUT_TEXT / 2:
        at = end
    return text[:at].strip(), text[at:].strip()
