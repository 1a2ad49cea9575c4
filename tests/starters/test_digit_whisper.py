"""The layers taken over from Whisper are Whisper's, and pruning loses little."""

import numpy as np
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForAudioClassification

from pipelines import Playground
from starters.digit_pruning import narrowed, stem
from starters.digit_whisper import beginning


def small(width: int = 64) -> WhisperForAudioClassification:
    torch.manual_seed(0)
    config = WhisperConfig(
        num_mel_bins=8,
        d_model=16,
        encoder_layers=2,
        encoder_attention_heads=2,
        encoder_ffn_dim=width,
        max_source_positions=10,
    )
    return WhisperForAudioClassification(config).eval()


def test_all_layers_hear_what_ctranslate2_hears(playground: Playground, starters: object) -> None:
    import ctranslate2

    folder = playground.store.get(playground.catalogue["whisper-base"])
    sound = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * 0.1
    heard = WhisperFeatureExtractor()(sound, sampling_rate=16_000, return_tensors="pt")
    features = heard["input_features"]
    with torch.inference_mode():
        encoder = beginning(folder / "model.bin", ("a",), 6, 30).eval().encoder
        ours = encoder(features).last_hidden_state.numpy()
    whisper = ctranslate2.models.Whisper(str(folder), compute_type="float32")
    view = ctranslate2.StorageView.from_array(features.numpy())
    np.testing.assert_allclose(ours, np.array(whisper.encode(view)), atol=2e-3)


def test_the_stem_is_what_the_encoder_begins_with() -> None:
    model, heard = small(), torch.randn(2, 8, 20)
    with torch.inference_mode():
        whole = model.encoder(heard, output_hidden_states=True).hidden_states[0]
        torch.testing.assert_close(stem(model.encoder, heard), whole)


def test_pruning_to_the_same_width_changes_nothing_much_and_to_half_something() -> None:
    model, heard = small(), torch.randn(40, 8, 20)
    _, same = narrowed(model, 64, heard)
    half, lost = narrowed(model, 32, heard)
    assert max(same) < 1e-3
    assert max(same) <= max(lost) < 0.1
    assert half.encoder.layers[0].fc1.weight.shape == (32, 16)
