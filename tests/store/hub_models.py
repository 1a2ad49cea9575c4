"""What the Hub on loopback holds in the store's tests: one tiny model and its entry."""

import json
import struct
from dataclasses import replace
from typing import Any

from pipelines.catalogue import Catalogue, Entry
from pipelines.registry import task
from pipelines.resolve import resolve
from pipelines.settings import Settings
from pipelines.store import Store

HEADER = json.dumps({"w": {"dtype": "F32", "shape": [50, 1000], "data_offsets": [0, 200_000]}})
WEIGHTS = struct.pack("<Q", len(HEADER)) + HEADER.encode() + bytes(range(250)) * 800
FILES = {
    "config.json": b'{"model_type": "bert", "architectures": ["BertModel"]}',
    "tokenizer.json": b"{}",
    "1_Pooling/config.json": b"{}",
    "README.md": b"# A card",
    "model.safetensors": WEIGHTS,
}
NAME = "ada/tiny"


def entry(name: str = NAME, **facts: Any) -> Entry:
    settings = Settings()
    found = resolve(task("feature-extraction"), name, Catalogue([]), Store(settings), settings)
    return replace(found, **facts)
