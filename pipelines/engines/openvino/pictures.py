"""Pictures as a graph's input: what transformers' image processors do, with Pillow and numpy.

about.json's "picture" holds a processor's settings as preprocessor_config.json names them, and
`kind`, the class of processors with ways of their own. Which kinds are known is said by KINDS; that
the numbers are the same is seen by the probes of each conversion.
"""

from math import ceil
from typing import Any, TypeAlias

import numpy as np
from PIL.Image import Resampling

from pipelines.engines.aspect_ratio import bounded
from pipelines.engines.openvino.runtime import Array
from pipelines.inputs import Picture

Settings: TypeAlias = dict[str, Any]
Size: TypeAlias = tuple[int, int]  # height, width

# Processors of transformers, with "Pil" at the end, by how they resize.
KINDS = frozenset(
    "ViT DeiT Beit Bit CLIP ConvNext EfficientNet MobileNetV2 MobileViT Detr ConditionalDetr"
    " DeformableDetr Yolos RTDetr".split()
)
WARPED_FROM = 384  # ConvNeXt's pictures of that size are not cropped
YOLOS_MULTIPLE = 16


def pixel_values(image: Picture, settings: Settings) -> Array:
    """The picture as the graph wants it, shape (1, 3, height, width), float32."""
    if settings["do_resize"]:
        image = bounded(image)
        height, width = _target((image.height, image.width), settings)
        resample = Resampling(settings["resample"])
        image = image.resize((width, height), resample)
    array = np.asarray(image.convert("RGB"))
    if crop := _crop(settings):
        array = cropped(array, crop)
    values: Array = array.astype(np.float32)
    if settings["do_rescale"]:
        values = values * np.float32(settings["rescale_factor"])
        values -= settings.get("rescale_offset") or 0
    if settings["do_normalize"]:
        mean, std = (np.array(settings[key], np.float32) for key in ("image_mean", "image_std"))
        values = (values - mean) / std
    if settings.get("include_top"):
        values = values / np.array(settings["image_std"], np.float32)
    if settings.get("do_flip_channel_order"):
        values = values[..., ::-1]
    values = values.transpose(2, 0, 1)[None]
    return np.ascontiguousarray(values, np.float32)


def _target(size: Size, settings: Settings) -> Size:
    """The size that a picture of this size gets."""
    wanted, kind = settings["size"], settings["kind"]
    shortest, longest = wanted.get("shortest_edge"), wanted.get("longest_edge")
    if kind == "ConvNext":
        if shortest >= WARPED_FROM:
            return shortest, shortest
        return shortest_edge(size, int(shortest / settings["crop_pct"]))
    if shortest and longest:
        height, width = between_edges(size, shortest, longest)
        if kind == "Yolos":
            return height - height % YOLOS_MULTIPLE, width - width % YOLOS_MULTIPLE
        return height, width
    if shortest:
        return shortest_edge(size, shortest)
    return wanted["height"], wanted["width"]


def _crop(settings: Settings) -> Size | None:
    if settings["kind"] == "ConvNext":
        edge = settings["size"]["shortest_edge"]
        return (edge, edge) if settings["do_resize"] and edge < WARPED_FROM else None
    if settings.get("do_center_crop"):
        return settings["crop_size"]["height"], settings["crop_size"]["width"]
    return None


def shortest_edge(size: Size, edge: int) -> Size:
    """The size whose shorter edge is `edge`, in the same proportion."""
    height, width = size
    other = int(edge * max(size) / min(size))
    return (other, edge) if width <= height else (edge, other)


def between_edges(size: Size, shortest: int, longest: int) -> Size:
    """The size with the given shorter edge, or smaller so that no edge is over `longest`."""
    height, width = size
    exact = float(shortest)
    if max(size) / min(size) * shortest > longest:
        exact = longest * min(size) / max(size)
        shortest = round(exact)
    if shortest == min(size):
        return size
    if width < height:
        return int(exact * height / width), shortest
    return shortest, int(exact * width / height)


def cropped(array: Array, size: Size) -> Array:
    """The middle of a picture (height, width, channels); black around one that is too small."""
    spans, pads = [], []
    for had, wanted in zip(array.shape[:2], size, strict=True):
        missing = max(wanted - had, 0)
        before = ceil(missing / 2)
        start = (had - wanted) // 2 + before
        pads.append((before, missing - before))
        spans.append(slice(max(start, 0), start + wanted))
    return np.pad(array, (*pads, (0, 0)))[spans[0], spans[1]]
