"""Models that answer in one pass: adapter and engine against transformers' own pipeline.

The starters that transformers can open, on their own weights; and four families of the Hub at a
real model's size (BERT, ViT and Wav2Vec2 base, DETR with ResNet-50) with random weights, converted
as after a download. Zero-shot by similarity has no pipeline of its own: it is held against the
feature-extraction pipeline on the text and the labels, 32 at a time. Both use all cores and have
their model loaded; pictures and sounds are in memory. Object detection's starter is measured by
DETR alone, for transformers has no class for it; image classification's, a TFLite file, by the
smaller EfficientNet-Lite0, which is in the picker.
"""

import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.pairs import Work, pair
from benchmarks.report import Row
from pipelines import Playground, batch
from pipelines.engines import engine, engine_for
from pipelines.folders import ASSETS
from pipelines.registry import task as find_task
from pipelines.settings import from_environment
from pipelines.task import Task

STARTERS, FAMILIES = "≤ 0.4", "≤ 0.6"
PIPELINE = "transformers' pipeline"
BATCH = 32
SHORT = "The new library is a joy to work in, every single day."
# About 240 tokens, and a hundred texts of twelve words.
LONG = "The old library by the river opened again on a rainy morning in May. " * 16
TEXTS = [f"Sentence {n}: the new library is a joy to work in." for n in range(100)]
LABELS = [f"topic number {n}" for n in range(100)]
BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
}
RESNET_50 = {
    "embedding_size": 64,
    "hidden_sizes": [256, 512, 1024, 2048],
    "depths": [3, 4, 6, 3],
    "layer_type": "bottleneck",
}
DETR = {"d_model": 256, "encoder_layers": 6, "decoder_layers": 6, "num_queries": 100}
DETR |= {f"{side}_attention_heads": 8 for side in ("encoder", "decoder")}
DETR |= {f"{side}_ffn_dim": 2048 for side in ("encoder", "decoder")}
WAV2VEC2 = {
    "conv_dim": [512] * 7,
    "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
    "conv_stride": [5, 2, 2, 2, 2, 2, 2],
    "num_conv_pos_embeddings": 128,
    "num_conv_pos_embedding_groups": 16,
    "num_feat_extract_layers": 7,
}
# What a pipeline needs beside the model, by a part of the task's name.
PARTS = {
    "image": "image_processor",
    "audio": "feature_extractor",
    "text": "tokenizer",
    "feature": "tokenizer",
}
# Task, the tiny model of the tests whose files are taken, its size, the processor's size.
GROWN: tuple[tuple[str, str, dict[str, Any], dict[str, int] | None], ...] = (
    ("text-classification", "bert-sequence-classification", BASE, None),
    (
        "image-classification",
        "vit",
        BASE | {"image_size": 224, "patch_size": 16},
        {"height": 224, "width": 224},
    ),
    ("object-detection", "detr", DETR, {"shortest_edge": 480, "longest_edge": 800}),
    ("audio-classification", "wav2vec2-sequence-classification", BASE | WAV2VEC2, None),
    ("automatic-speech-recognition", "wav2vec2-ctc", BASE | WAV2VEC2, None),
)


def run() -> list[Row]:
    """The starters, then the families."""
    playground = Playground(from_environment())
    rows = [*_starters(playground)]
    playground.cache.close()
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(playground.settings, cache=Path(folder) / "cache")
        rows += [
            _family(Playground(settings), Path(folder) / name, task, name, size, side)
            for task, name, size, side in GROWN
        ]
    return rows


def _starters(playground: Playground) -> list[Row]:
    picture = Image.open(ASSETS / "examples/cat.jpg").convert("RGB")
    wave = np.sin(np.arange(16_000) * 0.05).astype(np.float32)

    def ask(pipe: Any) -> Callable[[Any], Work]:
        return lambda given: lambda: pipe(given, batch_size=BATCH)

    embed = ask(_pipeline(playground, "feature-extraction", "all-minilm-l6-v2"))
    feel = ask(_pipeline(playground, "text-classification", "sentiment"))
    see = ask(_pipeline(playground, "image-classification", "efficientnet-lite0"))
    hear = ask(_pipeline(playground, "audio-classification", "spoken-digits"))
    asked: list[tuple[str, str, str, dict[str, Any], Work]] = [
        ("text-classification", "starter", "sentiment", {"text": SHORT}, feel(SHORT)),
        *(
            (
                "zero-shot-classification",
                f"starter, {count} labels",
                "all-minilm-l6-v2",
                {"text": SHORT, "candidate_labels": LABELS[:count]},
                embed([SHORT, *LABELS[:count]]),
            )
            for count in (3, 100)
        ),
        *(
            (
                "feature-extraction",
                f"starter, {what}",
                "all-minilm-l6-v2",
                {"text": text},
                embed(text),
            )
            for what, text in (("short", SHORT), ("240 tokens", LONG), ("100 texts", TEXTS))
        ),
        (
            "image-classification",
            "EfficientNet-Lite0",
            "efficientnet-lite0",
            {"image": picture},
            see(picture),
        ),
        ("audio-classification", "starter", "spoken-digits", {"audio": (16_000, wave)}, hear(wave)),
    ]
    return [
        pair(
            f"{task}, {what}",
            _ours(playground, task, name, given),
            theirs,
            PIPELINE,
            STARTERS,
        )
        for task, what, name, given, theirs in asked
    ]


def _ours(playground: Playground, task: str, name: str, given: dict[str, Any]) -> Work:
    """The task's adapter on the loaded model, as the playground loads it."""
    entry, known = playground.catalogue[name], find_task(task)
    folder = playground.store.get(entry)
    base = playground.store.get(playground.catalogue[entry.base]) if entry.base else None
    chosen = engine_for(folder) if entry.engine == "auto" else engine(entry.engine)
    model = chosen.load(
        folder, chosen.variant(folder, known.capabilities), playground.settings, base
    )
    return _adapter(playground, known, model, given)


def _adapter(playground: Playground, known: Task, model: Any, given: dict[str, Any]) -> Work:
    settings = playground.settings
    answers = batch.values(
        known, given, {}, lambda i, o: known.read(i, o, settings), settings.max_batch
    )
    return lambda: [*answers(model)]


def _pipeline(playground: Playground, task: str, name: str) -> Any:
    """transformers' pipeline on the starter's weights, which its engine loads."""
    import torch
    import transformers

    torch.set_num_threads(playground.settings.threads)
    entry, known = playground.catalogue[name], find_task(task)
    folder = playground.store.get(entry)
    base = playground.store.get(playground.catalogue[entry.base]) if entry.base else None
    chosen = engine("transformers")
    loaded: Any = chosen.load(
        folder, chosen.variant(folder, known.capabilities), playground.settings, base
    )
    part = next(own for kind, own in PARTS.items() if kind in task)
    parts = {part: getattr(loaded, part)}
    return transformers.pipeline(task, model=loaded.model, device="cpu", **parts)


def _family(
    playground: Playground,
    folder: Path,
    task: str,
    name: str,
    size: dict[str, Any],
    side: dict[str, int] | None,
) -> Row:
    """The family's model of this size, by the engine that owns it, against the pipeline."""
    import torch

    from tests.test_same_answer import pipeline_of
    from tests.tiny import build

    build(name, folder)
    _grow(folder, size, side)
    known = find_task(task)
    chosen = engine_for(folder)
    model = chosen.load(folder, chosen.variant(folder, known.capabilities), playground.settings)
    given, theirs = _given(task)
    pipe = pipeline_of(task, folder)
    torch.set_num_threads(playground.settings.threads)
    what = (
        f"{task}, {name.partition('-')[0]} at a real size ({getattr(model, 'engine', chosen.name)})"
    )
    ours = _adapter(playground, known, model, given)
    return pair(what, ours, lambda: pipe(theirs()), PIPELINE, FAMILIES)


def _given(task: str) -> tuple[dict[str, Any], Callable[[], Any]]:
    """The same input for the adapter and, made for each call, for the pipeline."""
    if "image" in task or task == "object-detection":
        picture = Image.open(ASSETS / "examples/cat.jpg").convert("RGB")
        return {"image": picture}, lambda: picture
    if "audio" in task or "speech" in task:
        wave = np.random.default_rng(1).standard_normal(5 * 16_000).astype(np.float32) * 0.1
        return {"audio": (16_000, wave)}, wave.copy  # the pipeline writes into what it is given
    words = random.Random(1).choices("the lion sleeps under an old tree".split(), k=48)
    return {"text": " ".join(words)}, lambda: " ".join(words)


def _grow(folder: Path, size: dict[str, Any], side: dict[str, int] | None) -> None:
    """Put random weights of this size in the place of the tiny ones."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(folder, **size)
    if hasattr(config, "backbone_config") and "d_model" in size:
        config.backbone_config = transformers.ResNetConfig(**RESNET_50)
    getattr(transformers, config.architectures[0])(config).save_pretrained(folder)
    if side:
        file = folder / "preprocessor_config.json"
        content = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(content | {"size": side}), "utf-8")
