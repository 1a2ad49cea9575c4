"""Tiny models that need SentencePiece: M2M100, Marian as it is published, SpeechT5 (with vocoder
and speaker); Bark."""

import json
import shutil
from pathlib import Path

import numpy as np
import sentencepiece
from transformers import (
    BarkConfig,
    BarkModel,
    EncodecConfig,
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    MarianConfig,
    MarianMTModel,
    SpeechT5Config,
    SpeechT5ForTextToSpeech,
    SpeechT5HifiGan,
    SpeechT5HifiGanConfig,
    SpeechT5Tokenizer,
)
from transformers.models.bark.generation_configuration_bark import (
    BarkCoarseGenerationConfig,
    BarkFineGenerationConfig,
    BarkGenerationConfig,
    BarkSemanticGenerationConfig,
)

from tests.tiny.registry import save, tiny
from tests.tiny.text import SEQ2SEQ
from tests.tiny.tokenizers import SENTENCES, wordpiece


def pieces(folder: Path, kind: str, size: int) -> Path:
    """A SentencePiece model file."""
    folder.mkdir(parents=True, exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_prefix=str(folder / "spm"),
        model_type=kind,
        vocab_size=size,
        hard_vocab_limit=False,
        pad_id=1,
        bos_id=0,
        eos_id=2,
        unk_id=3,
        minloglevel=2,
    )
    (folder / "spm.vocab").unlink()
    return folder / "spm.model"


@tiny("m2m100", "translation")
def m2m100(folder: Path) -> None:
    model = pieces(folder, "unigram", 200)
    spoken = sentencepiece.SentencePieceProcessor(model_file=str(model))
    vocabulary = {spoken.id_to_piece(index): index for index in range(len(spoken))}
    words = folder / "words.json"
    words.write_text(json.dumps(vocabulary), "utf-8")
    tokenizer = M2M100Tokenizer(str(words), str(model), src_lang="en", tgt_lang="fr")
    tokenizer.save_pretrained(folder)
    model.unlink()
    words.unlink()
    config = M2M100Config(vocab_size=len(tokenizer) + 128, decoder_start_token_id=2, **SEQ2SEQ)
    save(folder, M2M100ForConditionalGeneration(config))


@tiny("marian-spm", "translation")
def marian_spm(folder: Path) -> None:
    """As the opus-mt models are published: two SentencePiece models, and a vocabulary of both in
    which the languages that can be asked for come last."""
    model = pieces(folder / "made", "unigram", 200)
    for name in ("source.spm", "target.spm"):
        shutil.copy(model, folder / name)
    shutil.rmtree(folder / "made")
    spoken = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    known = [spoken.id_to_piece(index) for index in range(len(spoken))]
    own = ["</s>", "<unk>", *(one for one in known if not one.startswith("<"))]
    names = [*own, ">>fra<<", ">>ita<<", "<pad>"]
    vocabulary = {name: index for index, name in enumerate(names)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    pair = {"source_lang": "eng", "target_lang": "roa"}
    (folder / "tokenizer_config.json").write_text(json.dumps(pair), "utf-8")
    pad = vocabulary["<pad>"]
    ends = {"pad_token_id": pad, "eos_token_id": 0, "forced_eos_token_id": 0}
    config = MarianConfig(vocab_size=len(vocabulary), decoder_start_token_id=pad, **ends, **SEQ2SEQ)
    save(folder, MarianMTModel(config))


@tiny("speecht5", "text-to-speech")
def speecht5(folder: Path) -> None:
    model = pieces(folder, "char", 100)
    tokenizer = SpeechT5Tokenizer(str(model))
    tokenizer.save_pretrained(folder)
    model.unlink()
    sizes = {
        "hidden_size": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "speech_decoder_prenet_units": 16,
        "speech_decoder_postnet_units": 16,
        "speech_decoder_postnet_layers": 2,
        "speaker_embedding_dim": 16,
        "num_mel_bins": 8,
        "max_speech_positions": 64,
    }
    config = SpeechT5Config(vocab_size=len(tokenizer), **sizes)
    save(folder, SpeechT5ForTextToSpeech(config))
    vocoder = SpeechT5HifiGanConfig(
        model_in_dim=8,
        upsample_initial_channel=16,
        upsample_rates=[8, 8],
        upsample_kernel_sizes=[16, 16],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
    )
    save(folder / "vocoder", SpeechT5HifiGan(vocoder))
    (folder / "speaker_embeddings").mkdir(exist_ok=True)
    voice = np.linspace(-1, 1, 16, dtype=np.float32)
    np.save(folder / "speaker_embeddings" / "anna.npy", voice)


@tiny("bark", "text-to-speech")
def bark(folder: Path) -> None:
    """Three decoders and a codec, each with the numbers of tokens of the real one."""
    tokenizer = wordpiece()
    sizes = {"hidden_size": 16, "num_layers": 1, "num_heads": 2, "block_size": 1024}
    words = {"input_vocab_size": 129_600, "output_vocab_size": 10_048}
    codes = {"input_vocab_size": 12_096, "output_vocab_size": 12_096}
    fine = {"input_vocab_size": 1056, "output_vocab_size": 1056}
    codec = EncodecConfig(
        num_filters=4, hidden_size=16, codebook_dim=16, codebook_size=1024, num_lstm_layers=1
    )
    model = BarkModel(
        BarkConfig(
            semantic_config=sizes | words,
            coarse_acoustics_config=sizes | codes,
            fine_acoustics_config=sizes | fine,
            codec_config=codec.to_dict(),
        )
    )
    steps = {"max_new_tokens": 6, "eos_token_id": 10_000}
    settings = BarkGenerationConfig.from_sub_model_configs(
        BarkSemanticGenerationConfig(**steps),
        BarkCoarseGenerationConfig(),
        BarkFineGenerationConfig(),
    )
    save(folder, model, tokenizer)
    # Its own save_pretrained fails in transformers 5.23.
    (folder / "generation_config.json").write_text(json.dumps(settings.to_dict()), "utf-8")
