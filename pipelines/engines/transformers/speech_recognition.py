"""Speech recognition, family by family: Whisper, other encoder-decoders (Moonshine), CTC.

Whisper reads 30 seconds at once. Longer speech is decoded window by window, each from the last
timestamp of the one before, as Whisper's authors do and transformers' `generate` does too.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers.models.whisper.tokenization_whisper import (
    LANGUAGES,
    _combine_tokens_into_words,
)

from pipelines.capabilities import Segment, SpokenLanguage, Transcribe, Word
from pipelines.engines import ctc
from pipelines.engines.transformers.model import TransformersModel
from pipelines.engines.voice_activity import Passage, beginning, spoken_passages
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.run import count_tokens, note

FRAMES_PER_SECOND = 100
TOKENS_PER_SECOND = 7  # of speech; with a higher limit Moonshine begins to repeat itself


class SpeechRecognizer(TransformersModel, Transcribe):
    """Writes down speech."""

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool | str
    ) -> Iterator[SpokenLanguage | Segment]:
        """Yield the language, from Whisper, then the segments of what is spoken, as decoded."""
        if self.auto_class == "AutoModelForCTC":  # hears silence as silence
            yield from _transcribe(self, sound, language, task, timestamps)
            return
        if self.config.model_type == "whisper":
            _whisper_options(self, language, task)  # refuses what it does not know
        passages = spoken_passages(sound)
        if passages and self.config.model_type == "whisper":
            spoken = _spoken_language(self, passages, language, task)
            if spoken:
                yield spoken
                language = spoken.code
        ended = False
        for passage in passages:
            for heard in _transcribe(self, passage.sound, language, task, timestamps):
                words = (Word(*passage.original_times(w.start, w.end), w.text) for w in heard.words)
                times = passage.original_times(heard.start, heard.end)
                # Whisper begins with a space where its language has any; Moonshine does not.
                space = " " * (ended and not heard.text[:1].isspace())
                yield Segment(*times, space + heard.text, tuple(words))
                ended = False
            ended = self.config.model_type != "whisper"


def _transcribe(
    model: SpeechRecognizer, sound: Sound, language: str | None, task: str, timestamps: bool | str
) -> Iterator[Segment]:
    wanted = model.feature_extractor.sampling_rate
    if wanted != sound.sampling_rate:
        raise InputError(f"This model listens at {wanted} Hz.", "Pick one for 16,000 Hz.")
    if model.config.model_type == "whisper":
        yield from _whisper(model, sound, _whisper_options(model, language, task), timestamps)
        return
    is_ctc = model.auto_class == "AutoModelForCTC"
    if timestamps and not is_ctc:
        note("This model gives no time stamps.")
    elif timestamps is True:
        note("This model gives the times of words only.")
    if language or task != "transcribe":
        note("This model writes its own language only.")
    inputs = model.feature_extractor(
        sound.samples, sampling_rate=wanted, return_tensors="pt", return_attention_mask=True
    )
    if is_ctc:
        ids = model.forward(**_extracted(model, inputs)).logits.argmax(-1)
        text = model.tokenizer.batch_decode(ids)[0]
        words = _ctc_words(model, ids[0].tolist(), sound.seconds)
        if timestamps == "word" and text and not words:
            note("This model gives no time stamps.")
        yield Segment(0.0, sound.seconds, text, words)
        return
    longest = max(8, int(sound.seconds * TOKENS_PER_SECOND))
    for piece in model.stream_text(model.tokenizer, inputs, max_new_tokens=longest):
        yield Segment(0.0, sound.seconds, piece)


def _ctc_words(model: SpeechRecognizer, ids: list[int], seconds: float) -> tuple[Word, ...]:
    """The words of the labels; none where the vocabulary is not one of letters."""
    tokenizer = model.tokenizer
    space = getattr(tokenizer, "word_delimiter_token", None)
    if not space:
        return ()
    labels = tokenizer.convert_ids_to_tokens(ids)
    lower = getattr(tokenizer, "do_lower_case", False)
    return ctc.words(labels, tokenizer.pad_token, space, seconds, lower=lower)


def _extracted(model: SpeechRecognizer, inputs: Any) -> dict[str, Any]:
    """What transformers' own pipeline passes on: a mask only where the extractor makes one."""
    wanted = set(model.feature_extractor.model_input_names)
    if not getattr(model.feature_extractor, "return_attention_mask", False):
        wanted.discard("attention_mask")
    return {name: value for name, value in inputs.items() if name in wanted}


def _whisper_options(model: SpeechRecognizer, language: str | None, task: str) -> dict[str, Any]:
    """Language and task as options; an English-only Whisper takes neither."""
    settings = model.model.generation_config
    if not getattr(settings, "is_multilingual", True):
        if task == "translate" or language not in (None, "en"):
            raise InputError("This Whisper knows English only.", "Pick a multilingual one.")
        return {}
    if language and f"<|{language}|>" not in getattr(settings, "lang_to_id", {}):
        raise InputError(f"This Whisper does not know {language}.", "Leave the language empty.")
    return {"language": language, "task": task}


def _spoken_language(
    model: SpeechRecognizer, passages: Sequence[Passage], language: str | None, task: str
) -> SpokenLanguage | None:
    """The language given, or the likeliest one of the first window as in Whisper's own
    `detect_language`; None of an English-only Whisper."""
    languages = getattr(model.model.generation_config, "lang_to_id", None)
    if not _whisper_options(model, language, task) or not languages:
        return None
    if language:
        return SpokenLanguage(language)
    extract = model.feature_extractor
    heard = beginning(passages, extract.n_samples / extract.sampling_rate)
    features = extract(
        heard.samples, sampling_rate=extract.sampling_rate, return_tensors="pt"
    ).input_features
    start = torch.tensor([[model.model.generation_config.decoder_start_token_id]])
    logits = model.forward(input_features=features, decoder_input_ids=start).logits[0, -1]
    scores = logits[list(languages.values())].softmax(-1)
    best = int(scores.argmax())
    return SpokenLanguage(list(languages)[best].strip("<|>"), float(scores[best]))


def _whisper(
    model: SpeechRecognizer, sound: Sound, options: dict[str, Any], timestamps: bool | str
) -> Iterator[Segment]:
    extract = model.feature_extractor
    given = {"sampling_rate": extract.sampling_rate, "return_tensors": "pt"}
    window = extract.nb_max_frames
    if len(sound.samples) <= extract.n_samples and not timestamps:
        inputs = extract(sound.samples, **given, return_attention_mask=True)
        for piece in model.stream_text(model.tokenizer, inputs, **options):
            yield Segment(0.0, sound.seconds, piece)
        return
    by_word = timestamps == "word"
    if by_word and not hasattr(model.model.generation_config, "alignment_heads"):
        note("This model gives no times of words.")
        by_word = False
    language = LANGUAGES.get(options.get("language") or "en")
    short = {} if len(sound.samples) <= extract.n_samples else {"truncation": False}
    padding = "longest" if short else "max_length"
    features = extract(sound.samples, **given, **short, padding=padding)
    features = features["input_features"]
    seek = 0
    # The padding holds no speech: a short sound is one window.
    while seek < min(features.shape[-1], sound.seconds * FRAMES_PER_SECOND):
        piece = features[..., seek : seek + window]
        frames = piece.shape[-1]
        padded = torch.nn.functional.pad(piece, (0, window - frames))
        output = model.run_method(
            "generate",
            input_features=padded,
            return_timestamps=True,
            return_segments=True,
            return_token_timestamps=by_word,
            force_unique_generate_call=True,
            **options,
        )
        segments = output["segments"][0]
        for segment in segments:
            count_tokens(len(segment["tokens"]))
            text = model.tokenizer.decode(segment["tokens"], skip_special_tokens=True)
            start, end = (seek / FRAMES_PER_SECOND + float(segment[k]) for k in ("start", "end"))
            words = _words(model, segment, seek, language, sound.seconds) if by_word else ()
            yield Segment(min(start, sound.seconds), min(end, sound.seconds), text, words)
        seek += _decoded_frames(model, segments, frames)


def _words(
    model: SpeechRecognizer, segment: Any, seek: int, language: str | None, longest: float
) -> tuple[Word, ...]:
    """The words of a segment; each token lasts from the time of the one before it to its own."""
    times = [seek / FRAMES_PER_SECOND + float(time) for time in segment["token_timestamps"]]
    begin = seek / FRAMES_PER_SECOND + float(segment["start"])
    special = set(model.tokenizer.all_special_ids)
    marks = model.model.generation_config.no_timestamps_token_id
    spoken = [
        (token, times[at - 1] if at else begin, times[at])
        for at, token in enumerate(segment["tokens"].tolist())
        if token not in special and token <= marks
    ]
    # The one that transformers' own pipeline uses: languages differ in what stands between words.
    texts, _, indices = _combine_tokens_into_words(
        model.tokenizer, [token for token, _, _ in spoken], language
    )
    return tuple(
        Word(min(spoken[among[0]][1], longest), min(spoken[among[-1]][2], longest), text)
        for text, among in zip(texts, indices, strict=True)
    )


def _decoded_frames(model: SpeechRecognizer, segments: list[Any], frames: int) -> int:
    """How many frames the segments cover: all, unless the window ended within a sentence."""
    begin = model.model.generation_config.no_timestamps_token_id + 1
    tokens = [token for segment in segments for token in segment["tokens"].tolist()]
    if tokens[-2:] and all(token >= begin for token in tokens[-2:]) and len(tokens) > 1:
        return int(min(max(2 * (tokens[-2] - begin), FRAMES_PER_SECOND), frames))
    return frames
