"""Tiny picture models: classifiers, detectors, captioners. All processors run on Pillow alone."""

from pathlib import Path

from transformers import (
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipProcessor,
    DetrConfig,
    DetrForObjectDetection,
    DetrImageProcessorPil,
    GPT2Config,
    ResNetConfig,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
    YolosConfig,
    YolosForObjectDetection,
    YolosImageProcessorPil,
)

from tests.tiny.registry import save, tiny
from tests.tiny.text import labels
from tests.tiny.tokenizers import byte_bpe, wordpiece

ANIMALS = ("cat", "dog", "lion", "zebra", "owl")
THINGS = ("car", "bicycle", "tree", "house")
VIT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": 32,
    "patch_size": 8,
}
SQUARE = {"height": 32, "width": 32}


@tiny("vit", "image-classification")
def vit(folder: Path) -> None:
    model = ViTForImageClassification(ViTConfig(**VIT, **labels(*ANIMALS)))
    save(folder, model, ViTImageProcessorPil(size=SQUARE))


@tiny("vit-multi-label", "image-classification")
def vit_multi_label(folder: Path) -> None:
    """A picture may show several of them."""
    config = ViTConfig(**VIT, **labels(*ANIMALS), problem_type="multi_label_classification")
    save(folder, ViTForImageClassification(config), ViTImageProcessorPil(size=SQUARE))


@tiny("vit-one-label", "image-classification")
def vit_one_label(folder: Path) -> None:
    model = ViTForImageClassification(ViTConfig(**VIT, **labels("lion")))
    save(folder, model, ViTImageProcessorPil(size=SQUARE))


@tiny("yolos", "object-detection")
def yolos(folder: Path) -> None:
    options = VIT | {"image_size": [64, 64], "num_detection_tokens": 10}
    model = YolosForObjectDetection(YolosConfig(**options, **labels(*THINGS)))
    save(folder, model, YolosImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96}))


RESNET = {
    "embedding_size": 8,
    "hidden_sizes": [8, 16, 16, 32],
    "depths": [1, 1, 1, 1],
    "layer_type": "basic",
    "out_features": ["stage4"],
}
DETR = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "num_queries": 10,
}


@tiny("detr", "object-detection")
def detr(folder: Path) -> None:
    config = DetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=ResNetConfig(**RESNET),
        **DETR,
        **labels(*THINGS),
    )
    processor = DetrImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96})
    save(folder, DetrForObjectDetection(config), processor)


@tiny("vision-encoder-decoder", "image-to-text")
def vit_gpt2(folder: Path) -> None:
    tokenizer = byte_bpe()
    decoder = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=64,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        is_decoder=True,
        add_cross_attention=True,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(**VIT), decoder)
    config.decoder_start_token_id = tokenizer.bos_token_id
    config.pad_token_id = config.eos_token_id = tokenizer.eos_token_id
    model = VisionEncoderDecoderModel(config)
    save(folder, model, tokenizer, ViTImageProcessorPil(size=SQUARE))


@tiny("blip", "image-to-text")
def blip(folder: Path) -> None:
    tokenizer = wordpiece()
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "encoder_hidden_size": 32,
        "projection_dim": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 64,
        "bos_token_id": tokenizer.cls_token_id,
        "eos_token_id": tokenizer.sep_token_id,
        "sep_token_id": tokenizer.sep_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = BlipConfig(text_config=text, vision_config=VIT, projection_dim=32)
    processor = BlipProcessor(BlipImageProcessorPil(size=SQUARE), tokenizer)
    save(folder, BlipForConditionalGeneration(config), processor)
