"""The program that converts one model: reads a folder as transformers does, writes a folder for
CTranslate2, and compares what both write for the same probes.

A process of its own, so that torch's memory never stays in the server and a conversion can be
killed. `pipelines.engines.conversion` starts it and says what it prints.

The vocabulary of a converted model is the digits of its tokens' numbers. So a tokenizer whose
vocabulary is larger than the model, or smaller, or has a piece twice, makes no difference.
"""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.engines.conversion import Refused, run_child
from pipelines.engines.ctranslate2.about import LANGUAGE, About, Decoding
from pipelines.engines.ctranslate2.probes import check
from pipelines.engines.ctranslate2.tokens import FAST, SOURCE, TARGET, UNKNOWN, VOCABULARY
from pipelines.engines.transformers.languages import languages
from pipelines.settings import Settings

# Layers begin with their norm; the embeddings are normalized. Old configs say it, new ones leave it
# to the class.
NORMS = {
    "bart": (False, True),
    "m2m_100": (True, False),
    "marian": (False, False),
    "mbart": (True, True),
    "pegasus": (True, False),
}
# Settings of generation that change what greedy or beam search writes, with the values that do not.
UNKNOWN_TO_CTRANSLATE2: dict[str, tuple[Any, ...]] = {
    "do_sample": (None, False),
    "repetition_penalty": (None, 1.0),
    "encoder_repetition_penalty": (None, 1.0),
    "encoder_no_repeat_ngram_size": (None, 0),
    "begin_suppress_tokens": (None,),
    "forced_decoder_ids": (None,),
    "exponential_decay_length_penalty": (None,),
    "sequence_bias": (None,),
    "num_beam_groups": (None, 1),
    "penalty_alpha": (None,),
    "guidance_scale": (None, 1.0),
    "watermarking_config": (None,),
}
# Without early_stopping transformers searches on while a better text is likely. With this patience
# 399 of 400 texts of the bundled model's held-out set were its own, with a patience of 1 382.
LATE_PATIENCE = 2.0
PROBE_WORDS = "the house"
Tell = Callable[[str], None]


def convert(
    folder: Path, numbers: str, target: Path, base: Path | None, settings: Settings, tell: Tell
) -> None:
    """Write the converted model into `target`, its weights as `numbers` (float32, int8).

    Raises:
        Refused: it cannot be converted, or the converted model writes other texts.
    """
    tell("reading it with torch")
    reference = _reference(folder, base, settings)
    about = _about(reference)
    _write_tokenizer(reference, about, target)
    about.write(target)
    tell("writing its weights")
    _write_weights(reference, about, "float32", target)
    tell("comparing what it writes")
    check(reference, target, settings)
    if numbers != "float32":
        tell(f"writing its weights as {numbers}")
        _write_weights(reference, about, numbers, target)


def _reference(folder: Path, base: Path | None, settings: Settings) -> Any:
    """The model as transformers serves it, in float32."""
    from pipelines.engines.transformers.engine import import_transformers

    import_transformers()
    from pipelines.engines.transformers.loading import load

    reference = load(folder, "AutoModelForSeq2SeqLM", settings, base)
    reference.model.float()
    return reference


def _about(reference: Any) -> About:
    config, tokenizer = reference.config, reference.tokenizer
    tokens = _language_tokens(reference)
    around = _surroundings(tokenizer)
    default = next((one for side in around for one in side if one in tokens.values()), None)
    before, after = (
        tuple(LANGUAGE if one == default and default is not None else one for one in side)
        for side in around
    )
    if config.model_type == "marian" and tokens:
        before = (LANGUAGE, *before)
    fast = hasattr(tokenizer, "backend_tokenizer")
    special_params = getattr(config, "task_specific_params", None) or {}
    return About(
        kind=config.model_type,
        tokenizer="tokenizers" if fast else config.model_type,
        max_length=reference.max_length,
        end=reference.model.generation_config.eos_token_id,
        before=before,
        after=after,
        special=tuple(sorted(set(tokenizer.all_special_ids))),
        clean_up=bool(tokenizer.clean_up_tokenization_spaces),
        decoding=_decoding(reference.model),
        languages=tokens,
        default_language=default,
        summary_prefix=special_params.get("summarization", {}).get("prefix", ""),
        familiar_pieces_per_word=getattr(config, "familiar_pieces_per_word", None),
    )


def _language_tokens(reference: Any) -> dict[str, int]:
    """The numbers of the tokens by which languages are named; T5 names them in words."""
    if reference.config.model_type in {"t5", "mt5"}:
        return {}
    known, tokenizer = languages(reference.folder), reference.tokenizer
    names = {name for side in (known.source, known.target) for name in side.values() if name}
    if hasattr(tokenizer, "get_lang_id"):  # M2M100's tokens are in no vocabulary
        return {name: int(tokenizer.get_lang_id(name.strip("_"))) for name in sorted(names)}
    return {name: int(tokenizer.convert_tokens_to_ids(name)) for name in sorted(names)}


def _surroundings(tokenizer: Any) -> tuple[list[int], list[int]]:
    """What the tokenizer puts before and after a text's tokens.

    Raises:
        Refused: it does something else to them.
    """
    whole = list(tokenizer(PROBE_WORDS)["input_ids"])
    own = list(tokenizer(PROBE_WORDS, add_special_tokens=False)["input_ids"])
    for start in range(len(whole) - len(own) + 1):
        if whole[start : start + len(own)] == own:
            return whole[:start], whole[start + len(own) :]
    raise Refused("its tokenizer does not put a text's own tokens side by side")


def _decoding(model: Any) -> Decoding:
    """How `generate` would write with this model's settings.

    Raises:
        Refused: in a way that CTranslate2 does not know.
    """
    settings = model.generation_config
    if settings.decoder_start_token_id is None or not isinstance(settings.eos_token_id, int):
        raise Refused("its generation_config names no start token, or several end tokens")
    for name, same in UNKNOWN_TO_CTRANSLATE2.items():
        value = getattr(settings, name, None)
        if value not in same and value != []:
            raise Refused(f"its generation_config sets {name} to {value!r}")
    single = [[token] for token in settings.suppress_tokens or ()]
    fewest = max((settings.min_length or 0) - 1, settings.min_new_tokens or 0, 0)
    return Decoding(
        first=settings.forced_bos_token_id,
        ends_at_limit=settings.forced_eos_token_id is not None,
        min_length=fewest,  # transformers' min_length counts the token that the decoder starts with
        no_repeat_ngram_size=settings.no_repeat_ngram_size or 0,
        length_penalty=1.0 if settings.length_penalty is None else settings.length_penalty,
        patience=1.0 if settings.early_stopping is True else LATE_PATIENCE,
        never=tuple(tuple(one) for one in [*single, *(settings.bad_words_ids or ())]),
    )


def _write_tokenizer(reference: Any, about: About, target: Path) -> None:
    tokenizer, folder = reference.tokenizer, reference.folder
    if about.tokenizer == "tokenizers":
        tokenizer.backend_tokenizer.save(str(target / FAST))
        return
    if about.tokenizer == "marian":
        if getattr(tokenizer, "separate_vocabs", False):
            raise Refused("it has one vocabulary to read and another to write")
        models = folder / SOURCE, folder / TARGET
        pieces = dict(tokenizer.encoder)
    elif about.tokenizer == "m2m_100":
        models = (Path(tokenizer.spm_file),) * 2
        pieces = dict(tokenizer.encoder) | about.languages
    else:
        raise Refused("its tokenizer is not known")
    for model, name in zip(models, (SOURCE, TARGET), strict=True):
        shutil.copyfile(model, target / name)
    pieces[UNKNOWN] = tokenizer.unk_token_id
    (target / VOCABULARY).write_text(json.dumps(pieces), "utf-8")


def _write_weights(reference: Any, about: About, numbers: str, target: Path) -> None:
    """Write the model for CTranslate2.

    Raises:
        Refused: its loader does not know the model.
    """
    import torch

    try:
        with torch.no_grad():
            spec = _spec(reference.model, about.kind)
            spec.validate()
            spec.optimize(quantization=numbers)
            spec.save(str(target))
    except Exception as error:  # whatever the loader meets in a model that it does not know
        raise Refused(f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}") from error


def _spec(model: Any, kind: str) -> Any:
    from ctranslate2.converters.transformers import _MODEL_LOADERS, BartLoader

    if kind in NORMS:
        model.config.normalize_before, model.config.normalize_embedding = NORMS[kind]
    # The Marian loader takes the start token's embedding for zero, and its weights for the last
    # ones: it is so in opus-mt's models, but need not be.
    loader = BartLoader() if kind == "marian" else _MODEL_LOADERS[type(model.config).__name__]
    spec = loader.get_model_spec(model)
    vocabulary = [str(number) for number in range(model.get_output_embeddings().weight.shape[0])]
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    start, end = (
        model.generation_config.decoder_start_token_id,
        model.generation_config.eos_token_id,
    )
    spec.config.decoder_start_token = spec.config.bos_token = str(start)
    spec.config.unk_token = str(start)  # no token is unknown
    spec.config.eos_token = str(end)
    return spec


if __name__ == "__main__":
    sys.exit(run_child(convert, sys.argv[1:]))
