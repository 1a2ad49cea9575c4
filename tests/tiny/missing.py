"""Families, or forms of them, that need a part which a plain installation lacks, and which one.

Each row names the transformers class that refuses; a test constructs it and reads the refusal.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """A part that is not installed, and the class that asks for it."""

    part: str  # as one installs it
    asked_by: str  # a class of transformers
    effect: str


VIDEO = "AutoProcessor cannot make the video half of the processor; pictures work without"

MISSING: dict[str, Missing] = {
    "qwen2.5-vl": Missing("torchvision", "Qwen2VLVideoProcessor", VIDEO),
    "qwen3-vl": Missing("torchvision", "Qwen3VLVideoProcessor", VIDEO),
    "smolvlm": Missing("torchvision", "SmolVLMVideoProcessor", VIDEO),
}
