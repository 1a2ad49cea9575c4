"""Tiny sound models: speech recognition, sound classification, speech synthesis."""

import tempfile
from pathlib import Path

from transformers import (
    VitsConfig,
    VitsModel,
    VitsTokenizer,
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2ForSequenceClassification,
    Wav2Vec2Processor,
)

from tests.tiny.registry import save, tiny
from tests.tiny.text import labels
from tests.tiny.tokenizers import letters_file

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
WAV2VEC2 = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "conv_dim": (16, 16, 16),
    "conv_stride": (5, 8, 8),  # 320 samples a frame, as the real ones
    "conv_kernel": (10, 8, 8),
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "classifier_proj_size": 16,
}
COMMANDS = ("yes", "no", "up", "down")


def letter_tokenizer() -> Wav2Vec2CTCTokenizer:
    special = ["<pad>", "<s>", "</s>", "<unk>", "|"]
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = letters_file(Path(folder), special, ALPHABET.upper())
        return Wav2Vec2CTCTokenizer(str(vocabulary))


@tiny("wav2vec2-ctc", "automatic-speech-recognition")
def wav2vec2_ctc(folder: Path) -> None:
    tokenizer = letter_tokenizer()
    config = Wav2Vec2Config(vocab_size=len(tokenizer), pad_token_id=0, **WAV2VEC2)
    processor = Wav2Vec2Processor(Wav2Vec2FeatureExtractor(), tokenizer)
    save(folder, Wav2Vec2ForCTC(config), processor)


@tiny("wav2vec2-sequence-classification", "audio-classification")
def wav2vec2_classifier(folder: Path) -> None:
    config = Wav2Vec2Config(**WAV2VEC2, **labels(*COMMANDS))
    save(folder, Wav2Vec2ForSequenceClassification(config), Wav2Vec2FeatureExtractor())


@tiny("wav2vec2-multi-label", "audio-classification")
def wav2vec2_multi_label(folder: Path) -> None:
    """A sound may be several of them."""
    several = {"problem_type": "multi_label_classification"}
    config = Wav2Vec2Config(**WAV2VEC2, **labels(*COMMANDS), **several)
    save(folder, Wav2Vec2ForSequenceClassification(config), Wav2Vec2FeatureExtractor())


@tiny("vits", "text-to-speech")
def vits(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        vocabulary = letters_file(Path(scratch), ["<pad>", "<unk>"], " '" + ALPHABET)
        tokenizer = VitsTokenizer(str(vocabulary), language="eng", phonemize=False)
    config = VitsConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=32,
        flow_size=16,
        spectrogram_bins=17,
        posterior_encoder_num_wavenet_layers=2,
        prior_encoder_num_flows=2,
        prior_encoder_num_wavenet_layers=2,
        duration_predictor_num_flows=2,
        duration_predictor_filter_channels=16,
        upsample_initial_channel=32,
        upsample_rates=[8, 8, 4],
        upsample_kernel_sizes=[16, 16, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
    )
    save(folder, VitsModel(config), tokenizer)
