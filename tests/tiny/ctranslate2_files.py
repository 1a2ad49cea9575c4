"""A tiny Whisper in CTranslate2's form, as faster-whisper reads it, made from transformers' files.

CTranslate2 takes only a Whisper of the real ones' 51,865 tokens for multilingual: to it, this one
knows English only.
"""

import tempfile
from pathlib import Path

from ctranslate2.converters import TransformersConverter

from tests.tiny.more_audio import MARKS, save_whisper
from tests.tiny.registry import tiny
from tests.tiny.tokenizers import byte_bpe

END = "<|endoftext|>"


@tiny("whisper-ctranslate2", "automatic-speech-recognition")
def whisper_ctranslate2(folder: Path) -> None:
    # Faster-whisper takes for text what comes before the end token.
    names = {"bos": END, "eos": END, "pad": END}
    tokenizer = byte_bpe((), names, extra_special_tokens=MARKS, model_max_length=448)
    with tempfile.TemporaryDirectory() as scratch:
        save_whisper(Path(scratch), tokenizer)
        copied = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(scratch, copy_files=copied).convert(folder, force=True)
