"""Tiny sound models, continued: Whisper, HuBERT, Moonshine, AST, SpeechT5, Bark."""

from pathlib import Path

from transformers import (
    ASTConfig,
    ASTFeatureExtractor,
    ASTForAudioClassification,
    GenerationConfig,
    HubertConfig,
    HubertForCTC,
    HubertForSequenceClassification,
    MoonshineConfig,
    MoonshineForConditionalGeneration,
    PreTrainedTokenizerFast,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2Processor,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForAudioClassification,
    WhisperForConditionalGeneration,
)

from tests.tiny.audio import COMMANDS, WAV2VEC2, letter_tokenizer
from tests.tiny.registry import save, tiny
from tests.tiny.text import labels
from tests.tiny.tokenizers import byte_bpe, metaspace_bpe, set_class

WHISPER = {
    "num_mel_bins": 80,
    "d_model": 32,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_layers": 2,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 64,
}


@tiny("hubert-ctc", "automatic-speech-recognition")
def hubert_ctc(folder: Path) -> None:
    tokenizer = letter_tokenizer()
    config = HubertConfig(vocab_size=len(tokenizer), pad_token_id=0, **WAV2VEC2)
    save(folder, HubertForCTC(config), Wav2Vec2Processor(Wav2Vec2FeatureExtractor(), tokenizer))


@tiny("hubert-sequence-classification", "audio-classification")
def hubert_classifier(folder: Path) -> None:
    config = HubertConfig(**WAV2VEC2, **labels(*COMMANDS))
    save(folder, HubertForSequenceClassification(config), Wav2Vec2FeatureExtractor())


@tiny("ast", "audio-classification")
def ast(folder: Path) -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = ASTConfig(
        intermediate_size=64, max_length=128, num_mel_bins=32, **sizes, **labels(*COMMANDS)
    )
    features = ASTFeatureExtractor(max_length=128, num_mel_bins=32)
    save(folder, ASTForAudioClassification(config), features)


@tiny("whisper-encoder", "audio-classification")
def whisper_encoder(folder: Path) -> None:
    """Hears two seconds at once, where the real one hears thirty."""
    config = WhisperConfig(max_source_positions=100, **WHISPER, **labels(*COMMANDS))
    features = WhisperFeatureExtractor(chunk_length=2)
    save(folder, WhisperForAudioClassification(config), features)


LANGUAGES = ("<|en|>", "<|fr|>", "<|de|>")
TASKS = ("<|translate|>", "<|transcribe|>")
MARKS = ["<|startoftranscript|>", *LANGUAGES, *TASKS, "<|startoflm|>", "<|startofprev|>"]
MARKS += ["<|nospeech|>", "<|notimestamps|>", *(f"<|{step * 0.02:.2f}|>" for step in range(1501))]


@tiny("whisper", "automatic-speech-recognition")
def whisper(folder: Path) -> None:
    """Multilingual, with time stamps: all special tokens come after the text's, as in Whisper."""
    save_whisper(folder, byte_bpe(extra_special_tokens=MARKS, model_max_length=448))


def save_whisper(folder: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    tokenizer.save_pretrained(folder)
    set_class(folder, "WhisperTokenizer")
    number = tokenizer.convert_tokens_to_ids
    facts = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "decoder_start_token_id": number("<|startoftranscript|>"),
    }
    model = WhisperForConditionalGeneration(
        WhisperConfig(vocab_size=len(tokenizer), **WHISPER, **facts)
    )
    model.generation_config = GenerationConfig(
        **facts,
        max_length=448,
        is_multilingual=True,
        lang_to_id={token: number(token) for token in LANGUAGES},
        task_to_id={token.strip("<|>"): number(token) for token in TASKS},
        no_timestamps_token_id=number("<|notimestamps|>"),
        prev_sot_token_id=number("<|startofprev|>"),
        max_initial_timestamp_index=50,
        alignment_heads=[[1, 0]],
        suppress_tokens=[],
        begin_suppress_tokens=[tokenizer.eos_token_id],
        return_timestamps=False,
    )
    save(folder, model, WhisperFeatureExtractor())


@tiny("moonshine", "automatic-speech-recognition")
def moonshine(folder: Path) -> None:
    special = ("<unk>", "<s>", "</s>")
    names = {"unk": "<unk>", "bos": "<s>", "eos": "</s>", "pad": "</s>"}
    tokenizer = metaspace_bpe(special, names, template="<s> $A")
    config = MoonshineConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        encoder_num_hidden_layers=2,
        decoder_num_hidden_layers=2,
        encoder_num_attention_heads=2,
        decoder_num_attention_heads=2,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    features = Wav2Vec2FeatureExtractor(do_normalize=False, return_attention_mask=True)
    processor = Wav2Vec2Processor(features, tokenizer)
    save(folder, MoonshineForConditionalGeneration(config), processor)
