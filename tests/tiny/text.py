"""Tiny text models: encoders, decoders, encoder-decoders."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MarianConfig,
    MarianMTModel,
    T5Config,
    T5ForConditionalGeneration,
)

from tests.tiny.registry import save, tiny
from tests.tiny.tokenizers import byte_bpe, chat_bpe, metaspace_bpe, wordpiece

ENCODER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
}
DECODER = ENCODER | {"num_key_value_heads": 2}
SEQ2SEQ = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 128,
}
SENTIMENT = ("negative", "neutral", "positive")
EMOTIONS = ("joy", "anger", "fear", "surprise")
NLI = ("contradiction", "neutral", "entailment")


def labels(*names: str) -> dict[str, Any]:
    """The two label tables of a config."""
    table = dict(enumerate(names))
    return {"id2label": table, "label2id": {name: index for index, name in table.items()}}


def _bert_classifier(folder: Path, **options: Any) -> None:
    tokenizer = wordpiece()
    config = BertConfig(vocab_size=len(tokenizer), **ENCODER, **options)
    save(folder, BertForSequenceClassification(config), tokenizer)


@tiny("bert-sequence-classification", "text-classification")
def bert(folder: Path) -> None:
    options = labels(*SENTIMENT)
    _bert_classifier(folder, problem_type="single_label_classification", **options)


@tiny("bert-multi-label", "text-classification")
def bert_multi_label(folder: Path) -> None:
    _bert_classifier(folder, problem_type="multi_label_classification", **labels(*EMOTIONS))


@tiny("bert-regression", "text-classification")
def bert_regression(folder: Path) -> None:
    _bert_classifier(folder, problem_type="regression", **labels("score"))


@tiny("bert-nli", "zero-shot-classification")
def bert_nli(folder: Path) -> None:
    _bert_classifier(folder, **labels(*NLI))


@tiny("bert-two-label-nli", "zero-shot-classification")
def bert_two_label_nli(folder: Path) -> None:
    _bert_classifier(folder, **labels("entailment", "not_entailment"))


@tiny("bert-encoder", "feature-extraction", "zero-shot-classification")
def bert_encoder(folder: Path) -> None:
    tokenizer = wordpiece()
    save(folder, BertModel(BertConfig(vocab_size=len(tokenizer), **ENCODER)), tokenizer)


@tiny("sentence-bert-cls", "feature-extraction", "zero-shot-classification")
def sentence_bert_cls(folder: Path) -> None:
    """With the files of sentence-transformers, which ask for the first token's vector."""
    bert_encoder(folder)
    kind = "sentence_transformers.models."
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": f"{kind}Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{kind}Pooling"},
    ]
    pooling = {
        "word_embedding_dimension": ENCODER["hidden_size"],
        "pooling_mode_cls_token": True,
        "pooling_mode_mean_tokens": False,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
    }
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "modules.json").write_text(json.dumps(modules, indent=2))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling, indent=2))


@tiny("sentence-bert-dense", "feature-extraction", "zero-shot-classification")
def sentence_bert_dense(folder: Path) -> None:
    """Two poolings side by side, then a dense layer, as sentence-transformers 5 says it."""
    bert_encoder(folder)
    base, own = (
        f"sentence_transformers.{one}.modules." for one in ("base", "sentence_transformer")
    )
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": f"{base}transformer.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{own}pooling.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": f"{base}dense.Dense"},
        {"idx": 3, "name": "3", "path": "3_Normalize", "type": f"{base}normalize.Normalize"},
    ]
    activation = "torch.nn.modules.activation.Tanh"
    dense = {"in_features": 64, "out_features": 8, "bias": True, "activation_function": activation}
    (folder / "modules.json").write_text(json.dumps(modules))
    for path, config in (("1_Pooling", {"pooling_mode": ["cls", "mean"]}), ("2_Dense", dense)):
        (folder / path).mkdir(exist_ok=True)
        (folder / path / "config.json").write_text(json.dumps(config))
    layer = torch.nn.Linear(64, 8)
    weights = {"linear.weight": layer.weight.detach(), "linear.bias": layer.bias.detach()}
    save_file(weights, folder / "2_Dense" / "model.safetensors")


@tiny("gpt2", "text-generation")
def gpt2(folder: Path) -> None:
    tokenizer = byte_bpe()
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=128,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    save(folder, GPT2LMHeadModel(config), tokenizer)


@tiny("llama-chat", "text-generation", "summarization", "translation")
def llama_chat(folder: Path) -> None:
    tokenizer = chat_bpe()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **DECODER,
    )
    save(folder, LlamaForCausalLM(config), tokenizer)


@tiny("t5", "translation", "summarization")
def t5(folder: Path) -> None:
    tokenizer = metaspace_bpe()
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
        task_specific_params={
            "summarization": {"prefix": "summarize: ", "max_length": 40, "num_beams": 2},
            "translation_en_to_fr": {"prefix": "translate English to French: "},
            "translation_en_to_de": {"prefix": "translate English to German: "},
        },
    )
    save(folder, T5ForConditionalGeneration(config), tokenizer)


@tiny("marian", "translation")
def marian(folder: Path) -> None:
    special = ("</s>", "<unk>", "<pad>")
    tokenizer = metaspace_bpe(special)
    config = MarianConfig(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        forced_eos_token_id=tokenizer.eos_token_id,
        **SEQ2SEQ,
    )
    save(folder, MarianMTModel(config), tokenizer)


@tiny("bart", "summarization")
def bart(folder: Path) -> None:
    special = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
    names = dict(zip(("bos", "pad", "eos", "unk", "mask"), special, strict=True))
    tokenizer = byte_bpe(special, names, template="<s> $A </s>")
    config = BartConfig(vocab_size=len(tokenizer), **SEQ2SEQ)
    save(folder, BartForConditionalGeneration(config), tokenizer)
