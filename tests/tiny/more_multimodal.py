"""Tiny models that chat about pictures, continued: LLaVA, PaliGemma, Gemma 3."""

from pathlib import Path
from typing import Any

from transformers import (
    CLIPImageProcessorPil,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessorPil,
    Gemma3Processor,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PaliGemmaProcessor,
    PreTrainedTokenizerFast,
    SiglipImageProcessorPil,
)

from tests.tiny.multimodal import PICTURE_CHAT
from tests.tiny.registry import save, tiny
from tests.tiny.text import DECODER
from tests.tiny.tokenizers import chat_bpe
from tests.tiny.vision import SQUARE, VIT


def text_config(tokenizer: PreTrainedTokenizerFast, model_type: str) -> dict[str, Any]:
    return DECODER | {
        "model_type": model_type,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 512,
        "head_dim": 16,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


@tiny("llava", "image-text-to-text", "image-to-text")
def llava(folder: Path) -> None:
    tokenizer = chat_bpe(("<image>",), chat_template=None, model_max_length=512)
    vision = VIT | {"model_type": "clip_vision_model", "projection_dim": 32}
    config = LlavaConfig(
        text_config=text_config(tokenizer, "llama"),
        vision_config=vision,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
        vision_feature_layer=-1,
    )
    processor = LlavaProcessor(
        CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SQUARE),
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=PICTURE_CHAT,
    )
    save(folder, LlavaForConditionalGeneration(config), processor)


@tiny("paligemma", "image-text-to-text", "image-to-text")
def paligemma(folder: Path) -> None:
    """Takes a prefix such as "caption en", no chat: the real ones have no chat template."""
    tokenizer = chat_bpe(("<image>",), chat_template=None, model_max_length=512)
    config = PaliGemmaConfig(
        text_config=text_config(tokenizer, "gemma"),
        vision_config=VIT | {"model_type": "siglip_vision_model", "projection_dim": 32},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        projection_dim=32,
        hidden_size=32,
    )
    images = SiglipImageProcessorPil(size=SQUARE)
    images.image_seq_length = 16
    processor = PaliGemmaProcessor(images, tokenizer)
    save(folder, PaliGemmaForConditionalGeneration(config), processor)


@tiny("gemma3", "image-text-to-text", "image-to-text")
def gemma3(folder: Path) -> None:
    marks = {
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
        "image_token": "<image_soft_token>",
    }
    tokenizer = chat_bpe(
        tuple(marks.values()),
        chat_template=None,
        model_max_length=512,
        extra_special_tokens=marks,
    )
    number = tokenizer.convert_tokens_to_ids
    config = Gemma3Config(
        text_config=text_config(tokenizer, "gemma3_text") | {"sliding_window": 64},
        vision_config=VIT | {"model_type": "siglip_vision_model"},
        mm_tokens_per_image=4,
        boi_token_index=number(marks["boi_token"]),
        eoi_token_index=number(marks["eoi_token"]),
        image_token_index=number(marks["image_token"]),
    )
    processor = Gemma3Processor(
        Gemma3ImageProcessorPil(size=SQUARE),
        tokenizer,
        image_seq_length=4,
        chat_template=PICTURE_CHAT.replace("<image>", marks["boi_token"]),
    )
    save(folder, Gemma3ForConditionalGeneration(config), processor)
