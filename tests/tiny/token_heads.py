"""Tiny encoders with a head over tokens: masked words, labels of tokens, ends of an answer."""

from pathlib import Path
from typing import Any

import transformers
from transformers import PreTrainedTokenizerFast

from tests.tiny.more_text import roberta_tokenizer
from tests.tiny.registry import save, tiny
from tests.tiny.text import ENCODER, labels
from tests.tiny.tokenizers import wordpiece

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")
PARTS_OF_SPEECH = ("DET", "NOUN", "VERB", "ADJ", "ADP", "PUNCT")
HEADS = {
    "fill-mask": "MaskedLM",
    "token-classification": "TokenClassification",
    "question-answering": "QuestionAnswering",
}
DISTILBERT = {
    "max_position_embeddings": 128,
    "dim": 32,
    "hidden_dim": 64,
    "n_layers": 2,
    "n_heads": 2,
}
ROBERTA = ENCODER | {"max_position_embeddings": 130, "type_vocab_size": 1}
DEBERTA = ENCODER | {
    "type_vocab_size": 0,
    "relative_attention": True,
    "position_buckets": 16,
    "pos_att_type": ["p2c", "c2p"],
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "position_biased_input": False,
}


def _untyped() -> PreTrainedTokenizerFast:
    return wordpiece(model_input_names=["input_ids", "attention_mask"])


FAMILIES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "bert": ("Bert", wordpiece, ENCODER),
    "distilbert": ("DistilBert", _untyped, DISTILBERT),
    "roberta": ("Roberta", roberta_tokenizer, ROBERTA),
    "deberta-v2": ("DebertaV2", wordpiece, DEBERTA),
    "modernbert": ("ModernBert", _untyped, ENCODER),
}


def make(folder: Path, family: str, head: str, names: tuple[str, ...] = NAMES) -> None:
    """Write one family's encoder with one head; wide initial weights, so that labels differ."""
    kind, tokenizer_of, options = FAMILIES[family]
    tokenizer = tokenizer_of()
    ids = {
        f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("pad", "cls", "sep")
    }
    if family == "modernbert":
        ids |= {"bos_token_id": ids["cls_token_id"], "eos_token_id": ids["sep_token_id"]}
    if family == "roberta":  # positions are counted from the padding index
        ids = {"pad_token_id": ids["pad_token_id"]}
    facts = {"vocab_size": len(tokenizer), "initializer_range": 0.4, **options, **ids}
    if head == "TokenClassification":
        facts |= labels(*names)
    config = getattr(transformers, f"{kind}Config")(**facts)
    save(folder, getattr(transformers, f"{kind}For{head}")(config), tokenizer)


def _register(family: str, task: str) -> None:
    @tiny(f"{family}-{task}", task)
    def build(folder: Path) -> None:
        make(folder, family, HEADS[task])


for _family in FAMILIES:
    for _task in HEADS:
        _register(_family, _task)


@tiny("bert-part-of-speech", "token-classification")
def bert_part_of_speech(folder: Path) -> None:
    make(folder, "bert", "TokenClassification", PARTS_OF_SPEECH)
