"""Trains the translation starter: English into French and German, one small Marian model.

    python -m starters.translation --data DIR [--evaluate]

DIR holds multi30k/{train,val,test_2016}.{en,fr,de} (Multi30k, WMT multimodal task; for research,
non-commercial). The target language is a token before the sentence: ">>fr<< A dog runs."
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    MarianConfig,
    MarianMTModel,
    PreTrainedTokenizerFast,
)

from starters.loop import Recipe, train
from starters.starter import BUILD, Figure, Starter, main

TARGETS = ("fr", "de")
VOCABULARY = 6_000
LONGEST = 80  # tokens
RECIPE = Recipe(steps=6_000, learning_rate=1.5e-3, warmup=800, every=250, average=6)
BATCH_TOKENS = 3_000
AIMS = {("fr", "BLEU"): 50, ("fr", "chrF"): 68, ("de", "BLEU"): 33, ("de", "chrF"): 57}
Pair = tuple[list[int], list[int]]


def lines(data: Path, split: str, language: str) -> list[str]:
    """The sentences of one side."""
    text = (data / "multi30k" / f"{split}.{language}").read_text("utf-8")
    return [line.strip() for line in text.splitlines()]


def make_tokenizer(data: Path) -> PreTrainedTokenizerFast:
    """A BPE vocabulary shared by the three languages; spaces are kept as ▁, so it detokenises."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from tokenizers.trainers import BpeTrainer

    special = ["</s>", "<pad>", "<unk>", *(f">>{target}<<" for target in TARGETS)]
    bpe = Tokenizer(models.BPE(unk_token="<unk>"))
    bpe.normalizer = normalizers.NFC()
    punctuation = pre_tokenizers.Punctuation(behavior="isolated")
    bpe.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), punctuation])
    bpe.decoder = decoders.Metaspace()
    sentences = [s for lang in ("en", *TARGETS) for s in lines(data, "train", lang)]
    bpe.train_from_iterator(
        sentences, BpeTrainer(vocab_size=VOCABULARY, special_tokens=special, min_frequency=3)
    )
    bpe.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", bpe.token_to_id("</s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        additional_special_tokens=[f">>{target}<<" for target in TARGETS],
        model_max_length=128,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: PreTrainedTokenizerFast) -> MarianMTModel:
    """Four layers to read, two to write, 192 wide."""
    pad, end = tokenizer.pad_token_id, tokenizer.eos_token_id
    return MarianMTModel(
        MarianConfig(
            vocab_size=len(tokenizer),
            d_model=192,
            encoder_layers=4,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=512,
            decoder_ffn_dim=512,
            activation_function="relu",
            dropout=0.25,
            attention_dropout=0.1,
            max_position_embeddings=128,
            scale_embedding=True,
            pad_token_id=pad,
            eos_token_id=end,
            bos_token_id=end,
            decoder_start_token_id=pad,
            forced_eos_token_id=None,
            tie_word_embeddings=True,
            languages_read=["en"],
            familiar_pieces_per_word=1.5,  # see pipelines/text/translation.py
        )
    )


def pairs(data: Path, split: str, tokenizer: Any) -> list[Pair]:
    """Token ids of both directions."""
    english = lines(data, split, "en")
    found: list[Pair] = []
    for target in TARGETS:
        sources = tokenizer([f">>{target}<< {s}" for s in english])["input_ids"]
        goals = tokenizer(lines(data, split, target))["input_ids"]
        found += [
            (s, g)
            for s, g in zip(sources, goals, strict=True)
            if len(s) <= LONGEST and len(g) <= LONGEST
        ]
    return found


def batched(examples: list[Pair], seed: int) -> Iterator[list[Pair]]:
    """Batches of like lengths, about BATCH_TOKENS each, in random order."""
    shuffler = random.Random(seed)
    order = sorted(examples, key=lambda p: (len(p[1]) + shuffler.random() * 3, len(p[0])))
    batches: list[list[Pair]] = [[]]
    for pair in order:
        longest = max(len(pair[0]), len(pair[1]))
        if (len(batches[-1]) + 1) * longest > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(pair)
    shuffler.shuffle(batches)
    yield from batches


def loss_of(model: MarianMTModel, batch: list[Pair], smoothing: float) -> torch.Tensor:
    """Cross-entropy of a batch, labels smoothed."""
    pad = model.config.pad_token_id

    def padded(rows: list[list[int]]) -> torch.Tensor:
        width = max(map(len, rows))
        return torch.tensor([row + [pad] * (width - len(row)) for row in rows])

    sources = padded([s for s, _ in batch])
    goals = padded([g for _, g in batch])
    starts = torch.full((len(batch), 1), pad)
    logits = model(
        input_ids=sources,
        attention_mask=(sources != pad).long(),
        decoder_input_ids=torch.cat([starts, goals[:, :-1]], 1),
        use_cache=False,
    ).logits
    return functional.cross_entropy(
        logits.flatten(0, 1).float(), goals.flatten(), ignore_index=pad, label_smoothing=smoothing
    )


def translate(
    model: Any, tokenizer: Any, sentences: list[str], target: str, beams: int = 4
) -> list[str]:
    """Translations, by beam search."""
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    found = [""] * len(sentences)
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            texts = [f">>{target}<< {sentences[i]}" for i in part]
            inputs = tokenizer(texts, return_tensors="pt", padding=True)
            ids = model.generate(**inputs, num_beams=beams, max_new_tokens=LONGEST)
            made = tokenizer.batch_decode(ids, skip_special_tokens=True)
            for i, text in zip(part, made, strict=True):
                found[i] = text.strip()
    return found


def figures(folder: Path, data: Path | None) -> list[Figure]:
    """BLEU and chrF on test_2016, greedy and by beam search."""
    if not data:
        return []
    import sacrebleu

    model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    english = lines(data, "test_2016", "en")
    found = []
    for target in TARGETS:
        truth = [lines(data, "test_2016", target)]
        for beams, how in ((1, "greedy"), (4, "beams 4")):
            made = translate(model, tokenizer, english, target, beams)
            bleu = sacrebleu.corpus_bleu(made, truth).score
            chrf = sacrebleu.corpus_chrf(made, truth).score
            for name, score in (("BLEU", bleu), ("chrF", chrf)):
                aim = f"≥ {AIMS[target, name]}" if beams > 1 else ""
                found.append(Figure(f"en → {target}, {how}, {name}", score, len(english), aim))
    return found


def fit(data: Path, out: Path, work: Path) -> float:
    """Train and save in float16, in files under 9 MB; returns the seconds it took."""
    tokenizer = make_tokenizer(data)
    torch.manual_seed(RECIPE.seed)
    model = make_model(tokenizer)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters", flush=True)
    training, validation = pairs(data, "train", tokenizer), pairs(data, "val", tokenizer)

    def held_out() -> dict[str, float]:
        losses = [float(loss_of(model, b, 0.0)) for b in batched(validation, 0)]
        return {"held_out_loss": sum(losses) / len(losses)}

    seconds = train(
        model,
        lambda epoch: batched(training, epoch),
        lambda batch: loss_of(model, batch, 0.1),
        held_out,
        work,
        RECIPE,
    )
    model.half().save_pretrained(out, max_shard_size="8MB")
    tokenizer.save_pretrained(out)
    return seconds


def train_starter(data: Path | None, out: Path) -> None:
    """Train and write the folder."""
    assert data
    seconds = fit(data, out, BUILD / "translation")
    print(f"trained in {seconds / 60:.0f} minutes")


STARTER = Starter(
    name="translation",
    minutes=86,
    train=train_starter,
    figures=figures,
    data=("multi30k",),
)

if __name__ == "__main__":
    main(STARTER, __doc__)
