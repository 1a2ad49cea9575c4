"""What each adapter does with what a model says, without any: fakes stand in for models.

That answers are right is for the tests of each task, which have real models.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines import capabilities as can
from pipelines.audio.audio_classification import audio_classification
from pipelines.audio.automatic_speech_recognition import automatic_speech_recognition
from pipelines.inputs import Sound, Text
from pipelines.inputs.messages import Message
from pipelines.multimodal.image_text_to_text import image_text_to_text
from pipelines.outputs import Box, DetectedObject
from pipelines.run import Run, finished, tell_logprobs
from pipelines.sampling import Sampling
from pipelines.settings import Settings
from pipelines.text.feature_extraction import feature_extraction
from pipelines.text.fill_mask import fill_mask
from pipelines.text.question_answering import question_answering
from pipelines.text.summarization import summarization
from pipelines.text.text_classification import text_classification
from pipelines.text.text_generation import text_generation
from pipelines.text.token_classification import token_classification
from pipelines.text.translation import translation
from pipelines.text.zero_shot_classification import SCALE, THRESHOLD, zero_shot_classification
from pipelines.token_results import Filling, FoundSpans, TaggedToken, TextSpan
from pipelines.vision.image_classification import image_classification
from pipelines.vision.image_to_text import image_to_text
from pipelines.vision.object_detection import object_detection

PICTURE = Image.new("RGB", (8, 8))
SCORES = [("cat", 0.2), ("dog", 0.7), ("cow", 0.1)]


@pytest.fixture(autouse=True)
def run() -> Iterator[Run]:
    """The run that notes and measurements go to."""
    with Run().active() as run:
        yield run


def last(growing: Iterator[Any]) -> Any:
    *_, value = growing
    return value


class Classifier(can.Classify):
    def __init__(self, *labels: str) -> None:
        self.labels = labels

    def classify(self, texts: Sequence[str | tuple[str, str]]) -> list[can.Scores]:
        self.asked = [*texts]
        return [[(label, 1 / number) for number, label in enumerate(self.labels, 1)]] * len(texts)


def test_text_classification_gives_the_best_labels_and_says_what_a_pair_model_wants(
    run: Run,
) -> None:
    model = Classifier("entailment", "neutral")
    assert text_classification(model, "a", top_k=1) == [{"label": "entailment", "score": 1.0}]
    assert run.notes == ["This model compares two texts: give the second as text_pair."]
    text_classification(model, ["a", "b"], text_pair=["c", "d"])
    assert model.asked == [("a", "c"), ("b", "d")]


class Entailer(can.Entail):
    def entail(self, premise: str, hypotheses: Sequence[str], *, independent: bool) -> list[float]:
        self.asked = [*hypotheses], independent
        return [0.5] * len(hypotheses)


class Embedder(can.Embed):
    """Vectors of two numbers, the first of them the cosine with that of the first text."""

    def __init__(self, *cosines: float) -> None:
        self.vectors = np.array([(one, (1 - one**2) ** 0.5) for one in cosines], np.float32)

    def embed(self, texts: Sequence[str], *, pooling: str, normalize: bool) -> can.Vectors:
        self.asked = pooling, normalize
        return self.vectors

    def embed_tokens(self, texts: Sequence[str], *, normalize: bool) -> list[can.Vectors]:
        return [self.vectors for _ in texts]


def test_zero_shot_scores_a_single_label_alone_and_cosines_around_a_threshold() -> None:
    model = Entailer()
    zero_shot_classification(model, "a", ["sport"])
    assert model.asked == (["This text is about sport."], True)
    zero_shot_classification(model, "a", ["sport", "art"])
    assert model.asked[1] is False
    found = zero_shot_classification(
        Embedder(1, THRESHOLD, 1), "a", ["art", "sport"], multi_label=True
    )
    scores = {one["label"]: one["score"] for one in found}
    assert scores["art"] == pytest.approx(0.5, abs=1e-5)
    assert scores["sport"] == pytest.approx(1 / (1 + np.exp(-SCALE * (1 - THRESHOLD))))


def test_feature_extraction_asks_for_what_was_asked() -> None:
    model = Embedder(1, 0)
    assert feature_extraction(model, "a", pooling="cls", normalize=False) == [1, 0]
    assert model.asked == ("cls", False)
    assert feature_extraction(model, ["a", "b"]) == [[1, 0], [0, 1]]
    assert feature_extraction(model, "a", pooling="none") == [[1, 0], [0, 1]]


class Filler(can.FillMask):
    mask_token = "<mask>"

    def fill_mask(
        self, text: str, *, top_k: int, targets: Sequence[str] = ()
    ) -> list[list[Filling]]:
        self.asked = text, top_k, [*targets]
        return [[Filling(7, " cat", 0.5, False)] for _ in range(text.count("<mask>"))]


def test_fill_mask_puts_each_word_into_its_own_gap() -> None:
    model = Filler()
    found: Any = fill_mask(model, "A ___ and a [MASK].", top_k=3, targets=["cat"])
    first, second = found
    assert model.asked == ("A <mask> and a <mask>.", 3, ["cat"])
    assert [one["sequence"] for one in first] == ["A cat and a <mask>."]
    assert [one["sequence"] for one in second] == ["A <mask> and a cat."]
    fill_mask(model, ["A ___."], targets=["dog"])
    assert model.asked[2] == ["dog"]


LABELS = ["O", "B-PER", "I-PER"]


class Tagger(can.TagTokens):
    labels = LABELS

    def tag_tokens(self, text: str) -> list[TaggedToken]:
        scores = {"Ada": 1, "Bob": 1, "Lee": 2}
        found, start = [], 0
        for word in text.split():
            one = np.eye(3, dtype=np.float32)[scores.get(word, 0)]
            start = text.index(word, start)
            found.append(TaggedToken(start, start + len(word), word, False, one))
        return found


def test_token_classification_begins_a_span_at_each_b() -> None:
    found: Any = token_classification(Tagger(), "met Ada Bob Lee today")
    assert [(one["word"], one["start"]) for one in found] == [("Ada", 4), ("Bob Lee", 8)]


class Answerer(can.AnswerSpan):
    def __init__(self, nothing: float) -> None:
        self.nothing = nothing

    def answer_spans(
        self, question: str, context: str, *, top_k: int, max_answer_len: int
    ) -> FoundSpans:
        start = context.index("York")
        return FoundSpans([TextSpan(start, start + 4, 0.5)], self.nothing)


def test_question_answering_counts_characters_of_the_text_as_it_was_given(run: Run) -> None:
    given = "Cafe\u0301 in York"
    context = Text("Text").read(given, Settings())
    found: Any = question_answering(Answerer(0.1), "Where?", context)
    assert (found["answer"], given[found["start"] : found["end"]]) == ("York", "York")
    assert not run.notes
    several: Any = question_answering(Answerer(0.9), "Where?", context, top_k=2)
    best, other = several
    assert (best["answer"], other["answer"]) == ("", "York")
    assert len(run.notes) == 1


class Shortener(can.Summarize):
    def summarize(
        self, text: str, *, max_new_tokens: int, min_new_tokens: int | None = None
    ) -> can.TextStream:
        for number in range(100):
            yield f"word{number} "


def test_a_summary_has_no_more_words_than_asked_for_and_a_short_text_stays(run: Run) -> None:
    short = last(summarization(Shortener(), "Only a few words. ", max_length=10))
    assert short == {"summary_text": "Only a few words."}
    assert len(run.notes) == 1
    grown = [*summarization(Shortener(), "many words " * 40, max_length=10)]
    assert max(len(one["summary_text"].split()) for one in grown) == 10
    assert grown[-1]["summary_text"] == " ".join(f"word{n}" for n in range(10)) + "…"


class Translator(can.Translate):
    """Shouts; and forgets numbers, which it keeps of what is asked alone."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def reads_whole(self, sentence: str) -> bool:
        return True

    def translate(
        self, sentences: Sequence[str], *, source: str, target: str, num_beams: int
    ) -> can.TextStreams:
        self.asked += sentences
        for number, sentence in enumerate(sentences):
            yield number, "".join(one for one in sentence.upper() if not one.isdigit())


def test_a_translation_keeps_line_ends_and_numbers() -> None:
    model = Translator()
    text = Text("Text").read("Good morning to you all.\r\nWe have 25 cats here.", Settings())
    found = last(translation(model, text, source="en", target="fr"))["translation_text"]
    assert found.startswith("GOOD MORNING TO YOU ALL.\r\n")
    assert "25" in found
    assert "We have" in model.asked


class Chatter(can.Chat, can.TellLogprobs):
    most_logprobs = 20

    def __init__(self) -> None:
        self.seeds: list[int | None] = []

    def chat(self, messages: list[Message], sampling: Sampling) -> can.TextStream:
        self.seeds.append(sampling.seed)
        for text in ("Hi", " you", "STOP"):
            token = {"token": text, "logprob": -1.0, "bytes": [*text.encode()]}
            told: Any = {**token, "top_logprobs": []}
            tell_logprobs([told])
            if text != "STOP":
                yield text
        finished("stop")


def test_each_of_several_texts_has_a_seed_and_no_tokens_of_its_stop_string() -> None:
    model, prompt = Chatter(), [Message(role="user", content="Hello")]
    texts = last(
        text_generation(
            model, prompt, seed=7, num_return_sequences=2, stop=["STOP"], top_logprobs=0
        )
    )
    assert model.seeds == [7, 8]
    assert [one["generated_text"] for one in texts] == ["Hi you", "Hi you"]
    assert [token["token"] for token in texts[1]["logprobs"]] == ["Hi", " you"]


class Seer(can.ClassifyImage, can.Detect, can.Caption, can.AnswerAboutImage):
    def classify_image(self, image: Any) -> can.Scores:
        return SCORES

    def detect(self, image: Any, threshold: float) -> list[DetectedObject]:
        box: Box = {"xmin": 0, "ymin": 0, "xmax": 4, "ymax": 4}
        return [{"label": "dog", "score": threshold, "box": box}]

    def caption(self, image: Any, *, max_new_tokens: int) -> can.TextStream:
        yield from ("A dog", f" {max_new_tokens} ")

    def answer(self, image: Any, question: str, *, max_new_tokens: int) -> can.TextStream:
        yield from (question, f" {max_new_tokens} ")


def test_what_a_model_sees_comes_with_the_options_that_were_given() -> None:
    model = Seer()
    assert image_classification(model, PICTURE, top_k=1) == [{"label": "dog", "score": 0.7}]
    [found] = object_detection(model, PICTURE, threshold=0.25)
    assert found["score"] == 0.25
    assert [one["generated_text"] for one in image_to_text(model, PICTURE, max_new_tokens=9)] == [
        "A dog",
        "A dog 9 ",
        "A dog 9",
    ]
    asked = [Message(role="user", content=text) for text in ("First?", "Last?")]
    answer = last(image_text_to_text(model, PICTURE, asked, max_new_tokens=5))
    assert answer == {"generated_text": "Last? 5"}


SOUND = Sound(np.zeros(32_000, np.float32))


class Listener(can.Transcribe):
    def __init__(self, *segments: can.Segment) -> None:
        self.segments = segments

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool | str
    ) -> Iterator[can.SpokenLanguage | can.Segment]:
        yield can.SpokenLanguage("en", 0.9)
        yield from self.segments


def test_a_transcript_has_its_words_or_says_that_nobody_spoke(run: Run) -> None:
    words = (can.Word(0, 0.5, " Good"), can.Word(0.5, 1, " day."))
    model = Listener(can.Segment(0, 1, " Good day.", words))
    heard = last(automatic_speech_recognition(model, SOUND, return_timestamps="word"))
    assert [one["text"] for one in heard["chunks"]] == [" Good", " day."]
    assert heard["segments"] == [{"text": "Good day.", "timestamp": [0, 1]}]
    assert run.audio_seconds == 2
    assert last(automatic_speech_recognition(Listener(), SOUND)) == {"text": ""}
    assert run.notes == ["No speech was heard."]


class Identifier(can.IdentifyLanguage):
    def identify_language(self, sound: Sound) -> can.Scores:
        return [("en", 0.1), ("fr", 0.9)]


def test_spoken_languages_are_named_and_the_sound_is_counted(run: Run) -> None:
    found = audio_classification(Identifier(), SOUND, top_k=1)
    assert found == [{"label": "French", "score": 0.9}]
    assert run.audio_seconds == 2
