"""Tiny picture models, continued: the other classifiers, detectors and captioners."""

from pathlib import Path

from transformers import (
    CLIPImageProcessorPil,
    ConditionalDetrConfig,
    ConditionalDetrForObjectDetection,
    ConditionalDetrImageProcessorPil,
    ConvNextConfig,
    ConvNextForImageClassification,
    ConvNextImageProcessorPil,
    DeiTConfig,
    DeiTForImageClassification,
    DeiTImageProcessorPil,
    EfficientNetConfig,
    EfficientNetForImageClassification,
    EfficientNetImageProcessorPil,
    GitConfig,
    GitForCausalLM,
    GitProcessor,
    MobileViTConfig,
    MobileViTForImageClassification,
    MobileViTImageProcessorPil,
    PretrainedConfig,
    PreTrainedModel,
    ResNetConfig,
    ResNetForImageClassification,
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrImageProcessorPil,
    RTDetrResNetConfig,
    RTDetrV2Config,
    RTDetrV2ForObjectDetection,
    SwinConfig,
    SwinForImageClassification,
    TrOCRConfig,
    TrOCRProcessor,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessorPil,
)

from tests.tiny.more_text import roberta_tokenizer
from tests.tiny.registry import save, tiny
from tests.tiny.text import labels
from tests.tiny.tokenizers import wordpiece
from tests.tiny.vision import ANIMALS, DETR, RESNET, SQUARE, THINGS, VIT

# --- classifiers -----------------------------------------------------------------------------


@tiny("deit", "image-classification")
def deit(folder: Path) -> None:
    model = DeiTForImageClassification(DeiTConfig(**VIT, **labels(*ANIMALS)))
    save(folder, model, DeiTImageProcessorPil(size=SQUARE, crop_size=SQUARE))


@tiny("swin", "image-classification")
def swin(folder: Path) -> None:
    config = SwinConfig(
        image_size=32,
        patch_size=4,
        embed_dim=16,
        depths=[1, 1],
        num_heads=[2, 2],
        window_size=4,
        **labels(*ANIMALS),
    )
    save(folder, SwinForImageClassification(config), ViTImageProcessorPil(size=SQUARE))


@tiny("convnext", "image-classification")
def convnext(folder: Path) -> None:
    sizes = {"hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1]}
    model = ConvNextForImageClassification(ConvNextConfig(**sizes, **labels(*ANIMALS)))
    save(folder, model, ConvNextImageProcessorPil(size={"shortest_edge": 64}))


@tiny("resnet", "image-classification")
def resnet(folder: Path) -> None:
    options = {key: value for key, value in RESNET.items() if key != "out_features"}
    model = ResNetForImageClassification(ResNetConfig(**options, **labels(*ANIMALS)))
    save(folder, model, ConvNextImageProcessorPil(size={"shortest_edge": 64}))


@tiny("mobilevit", "image-classification")
def mobilevit(folder: Path) -> None:
    config = MobileViTConfig(
        image_size=64,
        hidden_sizes=[16, 24, 32],
        neck_hidden_sizes=[8, 8, 16, 16, 24, 24, 32],
        num_attention_heads=2,
        **labels(*ANIMALS),
    )
    edge = {"height": 64, "width": 64}
    images = MobileViTImageProcessorPil(size={"shortest_edge": 64}, crop_size=edge)
    save(folder, MobileViTForImageClassification(config), images)


@tiny("efficientnet", "image-classification")
def efficientnet(folder: Path) -> None:
    config = EfficientNetConfig(
        image_size=64,
        width_coefficient=0.25,
        depth_coefficient=0.25,
        hidden_dim=320,  # a quarter of the usual 1280, as the width
        **labels(*ANIMALS),
    )
    images = EfficientNetImageProcessorPil(size={"height": 64, "width": 64})
    save(folder, EfficientNetForImageClassification(config), images)


# --- detectors -------------------------------------------------------------------------------


@tiny("conditional-detr", "object-detection")
def conditional_detr(folder: Path) -> None:
    config = ConditionalDetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=ResNetConfig(**RESNET),
        **DETR,
        **labels(*THINGS),
    )
    images = ConditionalDetrImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96})
    save(folder, ConditionalDetrForObjectDetection(config), images)


def _rt_detr(folder: Path, config: type[PretrainedConfig], model: type[PreTrainedModel]) -> None:
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 16, 32],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    facts = config(
        backbone_config=backbone,
        encoder_hidden_dim=32,
        encoder_in_channels=[16, 16, 32],
        feat_strides=[8, 16, 32],
        encoder_layers=1,
        encoder_ffn_dim=64,
        encoder_attention_heads=2,
        hidden_expansion=0.5,
        d_model=32,
        num_queries=10,
        decoder_in_channels=[32, 32, 32],
        decoder_ffn_dim=64,
        decoder_layers=2,
        decoder_attention_heads=2,
        num_denoising=0,
        anchor_image_size=None,
        **labels(*THINGS),
    )
    images = RTDetrImageProcessorPil(size={"height": 64, "width": 64})
    save(folder, model(facts), images)


@tiny("rt-detr", "object-detection")
def rt_detr(folder: Path) -> None:
    _rt_detr(folder, RTDetrConfig, RTDetrForObjectDetection)


@tiny("rt-detr-v2", "object-detection")
def rt_detr_v2(folder: Path) -> None:
    _rt_detr(folder, RTDetrV2Config, RTDetrV2ForObjectDetection)


# --- captioners and readers ------------------------------------------------------------------


@tiny("git", "image-to-text")
def git(folder: Path) -> None:
    tokenizer = wordpiece(model_input_names=["input_ids", "attention_mask"])
    config = GitConfig(
        vision_config=VIT,
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SQUARE)
    save(folder, GitForCausalLM(config), GitProcessor(images, tokenizer))


@tiny("trocr", "image-to-text")
def trocr(folder: Path) -> None:
    tokenizer = roberta_tokenizer()
    decoder = TrOCRConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        decoder_layers=2,
        decoder_attention_heads=2,
        decoder_ffn_dim=64,
        max_position_embeddings=64,
        cross_attention_hidden_size=32,
        is_decoder=True,
        add_cross_attention=True,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(**VIT), decoder)
    config.decoder_start_token_id = config.eos_token_id = tokenizer.eos_token_id
    config.pad_token_id = tokenizer.pad_token_id
    processor = TrOCRProcessor(ViTImageProcessorPil(size=SQUARE), tokenizer)
    save(folder, VisionEncoderDecoderModel(config), processor)
