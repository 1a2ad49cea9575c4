"""What a converted model is asked before it is trusted, in float32: the same tokens as torch, with
the same probabilities, and the same text for them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.engines.conversion import Refused
from pipelines.engines.ctranslate2.model import TextToText
from pipelines.engines.transformers.languages import translation_prompt
from pipelines.settings import Settings

TEXTS = (
    "The house is small, but 25 people live in it.",
    "A man in a blue shirt is standing on a ladder and cleaning a window; two girls watch him.",
    "Yes!",
)
NEW_TOKENS = 32
TOLERANCE = 0.02  # of a token's log-probability; float32 in another order differs by about 0.001
TIE = 0.01  # two tokens whose logits are so near may take each other's place


def check(reference: Any, converted: Path, settings: Settings) -> None:
    """Compare the converted model with the one that it was made from.

    Raises:
        Refused: they differ.
    """
    model = TextToText(converted, reference.folder, "float32", settings)
    source, target = _pair(model)
    for text in TEXTS:
        ours, first = model.read(text, source, target)
        theirs, options = _read(reference, text, source, target)
        if ours != theirs:
            raise Refused(f"its tokenizer reads {text!r} differently")
        wanted = _generated(reference, theirs, options)
        _compare_tokens(reference, model, ours, first, wanted)
        text_of_wanted = reference.tokenizer.decode(wanted, skip_special_tokens=True)
        if model.tokens.decode(wanted).strip() != text_of_wanted.strip():
            raise Refused("its tokenizer writes the same tokens differently")
    model.close()


def _pair(model: TextToText) -> tuple[str, str]:
    """The first two languages that the model translates between; "" where it names none."""
    known = model.known
    source = next(iter(known.source), "")
    target = next((one for one in known.target if one != source), "")
    return (source, target) if target else ("", "")


def _read(reference: Any, text: str, source: str, target: str) -> tuple[list[int], dict[str, Any]]:
    """The tokens of a text as transformers reads it, and options of `generate`."""
    options: dict[str, Any] = {}
    if target:
        text, options = translation_prompt(
            reference.folder, reference.config.model_type, reference.tokenizer, text, source, target
        )
    return list(reference.tokenizer(text)["input_ids"]), options


def _generated(reference: Any, tokens: Sequence[int], options: dict[str, Any]) -> list[int]:
    """What torch writes, with neither start nor end."""
    import torch

    with torch.inference_mode():
        made: list[int] = reference.model.generate(
            torch.tensor([tokens]), num_beams=1, max_new_tokens=NEW_TOKENS, **options
        )[0].tolist()
    end = reference.model.generation_config.eos_token_id
    return made[1:-1] if made[-1] == end else made[1:]


def _compare_tokens(
    reference: Any, model: TextToText, read: list[int], first: int | None, wanted: list[int]
) -> None:
    found = model.write_greedily(read, first, NEW_TOKENS)
    logits = _logits(reference, read, wanted)
    at = next(
        (i for i, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]),
        None,
    )
    if at is None and len(found) != len(wanted):
        raise Refused(f"it writes {len(found)} tokens instead of {len(wanted)}")
    if at is not None and float(logits[at, wanted[at]] - logits[at, found[at]]) > TIE:
        raise Refused(f"it writes another token at place {at}")
    theirs = logits.log_softmax(-1)
    ours = model.log_probabilities(read, wanted)
    gaps = [abs(float(theirs[i, one]) - ours[i]) for i, one in enumerate(wanted)]
    if max(gaps, default=0.0) > TOLERANCE:
        raise Refused(f"its probabilities differ from torch's by {max(gaps):.3g}")


def _logits(reference: Any, read: list[int], written: list[int]) -> Any:
    """Of each token written, given those before it."""
    import torch

    start = reference.model.generation_config.decoder_start_token_id
    with torch.inference_mode():
        logits = reference.model(
            input_ids=torch.tensor([read]),
            decoder_input_ids=torch.tensor([[start, *written]]),
            use_cache=False,
        ).logits
    return logits[0].float()
