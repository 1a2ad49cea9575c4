"""Tiny models whose processors read videos too: Qwen2.5-VL, Qwen3-VL, SmolVLM2.

The video half needs torchvision, so the folders are written without it: a picture processor, a
tokenizer, a chat template, and in tokenizer_config.json the processor's class.
"""

from pathlib import Path
from typing import Any

from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessorPil,
)

from tests.tiny.more_multimodal import text_config
from tests.tiny.multimodal import PICTURE_CHAT
from tests.tiny.registry import save, tiny
from tests.tiny.tokenizers import chat_bpe, set_class

MARKS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
PIXELS = {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}
TEMPLATE = PICTURE_CHAT.replace("<image>", "<|vision_start|><|image_pad|><|vision_end|>")


def _qwen(folder: Path, config: Any, model: Any, processor: str, **vision: Any) -> None:
    tokenizer = chat_bpe(MARKS, chat_template=TEMPLATE, model_max_length=1024)
    number = tokenizer.convert_tokens_to_ids
    vision |= {"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64}
    text = text_config(tokenizer, vision.pop("text")) | {"max_position_embeddings": 1024}
    text["rope_parameters"] = {
        "rope_type": "default",
        "rope_theta": 10_000.0,
        "mrope_section": [2, 3, 3],
    }
    ids = zip(("vision_start", "vision_end", "image", "video"), MARKS, strict=True)
    made = config(
        text_config=text,
        vision_config=vision | {"out_hidden_size": 32},
        **{f"{name}_token_id": number(mark) for name, mark in ids},
    )
    images = Qwen2VLImageProcessorPil(patch_size=vision["patch_size"], size=PIXELS)
    save(folder, model(made), tokenizer, images)
    set_class(folder, "PreTrainedTokenizerFast", processor_class=processor)


@tiny("qwen2.5-vl", "image-text-to-text", "image-to-text")
def qwen2_5_vl(folder: Path) -> None:
    sizes = {"patch_size": 14, "window_size": 56, "fullatt_block_indexes": [1]}
    _qwen(
        folder,
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        "Qwen2_5_VLProcessor",
        text="qwen2_5_vl_text",
        **sizes,
    )


@tiny("qwen3-vl", "image-text-to-text", "image-to-text")
def qwen3_vl(folder: Path) -> None:
    sizes = {"patch_size": 16, "deepstack_visual_indexes": [0], "num_position_embeddings": 64}
    _qwen(
        folder,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        "Qwen3VLProcessor",
        text="qwen3_vl_text",
        **sizes,
    )


@tiny("smolvlm", "image-text-to-text", "image-to-text")
def smolvlm(folder: Path) -> None:
    special = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>")
    tokenizer = chat_bpe(special, chat_template=PICTURE_CHAT, model_max_length=512)
    vision = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = SmolVLMConfig(
        text_config=text_config(tokenizer, "llama"),
        vision_config=vision | {"intermediate_size": 64, "image_size": 32, "patch_size": 8},
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
    )
    images = SmolVLMImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=False
    )
    save(folder, SmolVLMForConditionalGeneration(config), tokenizer, images)
    (folder / "processor_config.json").write_text(
        '{"processor_class": "SmolVLMProcessor", "image_seq_len": 4}', "utf-8"
    )
