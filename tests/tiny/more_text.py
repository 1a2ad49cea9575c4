"""Tiny text models, continued: the other families that the text tasks must take."""

from pathlib import Path

from transformers import (
    BartConfig,
    BartForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MBartConfig,
    MBartForConditionalGeneration,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    PegasusConfig,
    PegasusForConditionalGeneration,
    Phi3Config,
    Phi3ForCausalLM,
    PhiConfig,
    PhiForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    RobertaConfig,
    RobertaForSequenceClassification,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

from tests.tiny.registry import save, tiny
from tests.tiny.text import DECODER, ENCODER, NLI, SENTIMENT, SEQ2SEQ, labels
from tests.tiny.tokenizers import byte_bpe, chat_bpe, metaspace_bpe, set_class, wordpiece

# --- encoders --------------------------------------------------------------------------------


@tiny("distilbert", "text-classification")
def distilbert(folder: Path) -> None:
    tokenizer = wordpiece(model_input_names=["input_ids", "attention_mask"])
    config = DistilBertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=128,
        dim=32,
        hidden_dim=64,
        n_layers=2,
        n_heads=2,
        **labels(*SENTIMENT),
    )
    save(folder, DistilBertForSequenceClassification(config), tokenizer)


def roberta_tokenizer() -> PreTrainedTokenizerFast:
    special = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
    names = dict(zip(("bos", "pad", "eos", "unk", "mask"), special, strict=True))
    names |= {"cls": "<s>", "sep": "</s>"}
    return byte_bpe(special, names, template="<s> $A </s>", pair="<s> $A </s> </s> $B </s>")


@tiny("roberta", "text-classification")
def roberta(folder: Path) -> None:
    tokenizer = roberta_tokenizer()
    options = ENCODER | {"max_position_embeddings": 130, "type_vocab_size": 1}
    config = RobertaConfig(vocab_size=len(tokenizer), **options, **labels(*SENTIMENT))
    save(folder, RobertaForSequenceClassification(config), tokenizer)


def _modernbert(folder: Path, *names: str) -> None:
    tokenizer = wordpiece(model_input_names=["input_ids", "attention_mask"])
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        **ENCODER,
        **labels(*names),
    )
    save(folder, ModernBertForSequenceClassification(config), tokenizer)


@tiny("modernbert", "text-classification")
def modernbert(folder: Path) -> None:
    _modernbert(folder, *SENTIMENT)


@tiny("modernbert-nli", "zero-shot-classification")
def modernbert_nli(folder: Path) -> None:
    _modernbert(folder, "entailment", "not_entailment")


def _deberta(folder: Path, *names: str) -> None:
    tokenizer = wordpiece()
    config = DebertaV2Config(
        vocab_size=len(tokenizer),
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=16,
        pos_att_type=["p2c", "c2p"],
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        position_biased_input=False,
        **ENCODER,
        **labels(*names),
    )
    save(folder, DebertaV2ForSequenceClassification(config), tokenizer)


@tiny("deberta-v2", "text-classification")
def deberta(folder: Path) -> None:
    _deberta(folder, *SENTIMENT)


@tiny("deberta-v2-nli", "zero-shot-classification")
def deberta_nli(folder: Path) -> None:
    _deberta(folder, *NLI)


@tiny("bart-nli", "zero-shot-classification")
def bart_nli(folder: Path) -> None:
    tokenizer = roberta_tokenizer()
    config = BartConfig(vocab_size=len(tokenizer), **SEQ2SEQ, **labels(*NLI))
    save(folder, BartForSequenceClassification(config), tokenizer)


# --- decoders --------------------------------------------------------------------------------


def _decoder(
    folder: Path, config: type[PretrainedConfig], model: type[PreTrainedModel], **options: object
) -> None:
    tokenizer = chat_bpe()
    facts = DECODER | {
        "vocab_size": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    save(folder, model(config(**(facts | options))), tokenizer)


@tiny("qwen2", "text-generation")
def qwen2(folder: Path) -> None:
    _decoder(folder, Qwen2Config, Qwen2ForCausalLM)


@tiny("qwen3", "text-generation")
def qwen3(folder: Path) -> None:
    _decoder(folder, Qwen3Config, Qwen3ForCausalLM, head_dim=16)


@tiny("gemma3-text", "text-generation")
def gemma3_text(folder: Path) -> None:
    _decoder(folder, Gemma3TextConfig, Gemma3ForCausalLM, head_dim=16, sliding_window=32)


@tiny("smollm3", "text-generation")
def smollm3(folder: Path) -> None:
    _decoder(folder, SmolLM3Config, SmolLM3ForCausalLM)


@tiny("phi", "text-generation")
def phi(folder: Path) -> None:
    """Phi 1 and 2: a base model without a chat template."""
    tokenizer = byte_bpe()
    facts = DECODER | {"vocab_size": len(tokenizer), "bos_token_id": 0, "eos_token_id": 0}
    save(folder, PhiForCausalLM(PhiConfig(**facts)), tokenizer)


@tiny("phi3", "text-generation")
def phi3(folder: Path) -> None:
    _decoder(folder, Phi3Config, Phi3ForCausalLM)


# --- encoder-decoders ------------------------------------------------------------------------


@tiny("pegasus", "summarization")
def pegasus(folder: Path) -> None:
    tokenizer = metaspace_bpe()
    config = PegasusConfig(vocab_size=len(tokenizer), **SEQ2SEQ)
    save(folder, PegasusForConditionalGeneration(config), tokenizer)


NLLB_CODES = ("eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn")
MBART_CODES = ("en_XX", "fr_XX", "de_DE", "es_XX")
M2M_CODES = ("__en__", "__fr__", "__de__", "__es__")
FAIRSEQ = ("<s>", "<pad>", "</s>", "<unk>")


def _many_languages(folder: Path, kind: str, codes: tuple[str, ...]) -> PreTrainedTokenizerFast:
    """A tokenizer.json with language codes, loaded again as the family's own class."""
    special = (*FAIRSEQ, *codes, "<mask>")
    names = dict(zip(("bos", "pad", "eos", "unk"), FAIRSEQ, strict=True)) | {"mask": "<mask>"}
    tokenizer = metaspace_bpe(
        special, names, template=f"{codes[0]} $A </s>", extra_special_tokens=list(codes)
    )
    tokenizer.save_pretrained(folder)
    set_class(folder, kind, src_lang=codes[0], tgt_lang=codes[1])
    return tokenizer


@tiny("nllb", "translation")
def nllb(folder: Path) -> None:
    tokenizer = _many_languages(folder, "NllbTokenizer", NLLB_CODES)
    config = M2M100Config(vocab_size=len(tokenizer), decoder_start_token_id=2, **SEQ2SEQ)
    save(folder, M2M100ForConditionalGeneration(config))


@tiny("mbart50", "translation")
def mbart50(folder: Path) -> None:
    tokenizer = _many_languages(folder, "MBart50Tokenizer", MBART_CODES)
    config = MBartConfig(vocab_size=len(tokenizer), decoder_start_token_id=2, **SEQ2SEQ)
    save(folder, MBartForConditionalGeneration(config))
