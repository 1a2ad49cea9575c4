"""Finds models by a part of their name: on the Hub, or among those on this disk.

Only models with weights in a format that can be loaded here are listed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pipelines.store import disk, visitor
from pipelines.store.hub_errors import user_error

LIMIT = 12
BYTES = {
    "F64": 8,
    "I64": 8,
    "F32": 4,
    "I32": 4,
    "F16": 2,
    "BF16": 2,
    "F8_E4M3": 1,
    "I8": 1,
    "U8": 1,
}


@dataclass(frozen=True)
class Found:
    """A model whose name matches. What is not known is None."""

    name: str
    size_bytes: int | None = None
    licence: str = ""
    downloads: int | None = None
    likes: int | None = None
    here: bool = False


@dataclass(frozen=True)
class Results:
    """The models found, and a remark for the user if the Hub could not be searched."""

    models: list[Found]
    remark: str = ""


def on_the_hub(words: str, *tags: str, formats: Collection[str]) -> list[Found]:
    """Models in these formats that the Hub lists under one of these tasks, most downloaded first.

    Raises:
        UnreachableError, DownloadError.
    """
    from huggingface_hub import HfApi

    with user_error(words):
        asked = [
            list(
                HfApi(token=visitor.token()).list_models(
                    search=words,
                    pipeline_tag=tag,
                    sort="downloads",
                    limit=3 * LIMIT,
                    expand=["downloads", "likes", "safetensors", "tags", "gated"],
                )
            )
            for tag in tags
        ]
    models = {model.id: model for model in chain.from_iterable(asked)}.values()
    found = [_found(model) for model in models if set(formats) & set(model.tags or ())]
    return sorted(found, key=lambda one: -(one.downloads or 0))[:LIMIT]


def _found(model: Any) -> Found:
    tags = [tag.removeprefix("license:") for tag in model.tags if tag.startswith("license:")]
    counts = model.safetensors.parameters if model.safetensors else {}
    size = sum(BYTES.get(dtype, 4) * count for dtype, count in counts.items())
    return Found(
        name=model.id,
        size_bytes=size or None,
        licence=(tags or [""])[0] + (", gated" if model.gated else ""),
        downloads=model.downloads,
        likes=model.likes,
    )


def on_this_disk(words: str) -> list[Found]:
    """Models in the Hub's cache on this disk, whatever their task."""
    fitting = [
        Found(one.name, size_bytes=one.size_bytes, here=True)
        for one in disk.hub_models()
        if one.whole and words.lower() in one.name.lower()
    ]
    return sorted(fitting, key=lambda found: found.name)
