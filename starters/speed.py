"""How long a bundled starter takes to load and to answer, through the playground."""

import statistics
from dataclasses import dataclass, replace
from typing import Any

from pipelines import Playground
from pipelines.scenes import make_scene
from pipelines.settings import from_environment
from starters.scene_targets import HELD_OUT_SEEDS
from starters.starter import ROOT

TIMES = 5
TWELVE_WORDS = "A young boy is riding a red bicycle along the quiet street."


@dataclass(frozen=True)
class Speed:
    """Seconds, medians."""

    name: str
    load: float
    answer: float
    asked: str

    @property
    def quick(self) -> bool:
        """Whether nobody has to wait."""
        return self.load < 1 and self.answer < 1


def speeds(threads: int) -> list[Speed]:
    """All, each loaded anew for each answer."""
    scene = make_scene(HELD_OUT_SEEDS[0])
    digit = ROOT / "assets" / "examples" / "digits" / "7_theo_0.wav"
    question, _ = scene.questions[0]
    picture = {"image": scene.image}
    english = {"text": TWELVE_WORDS}
    asked = {"question": "Who is riding?", "context": TWELVE_WORDS}
    return [
        _speed(threads, "sentiment", "text-classification", english, "12 words"),
        _speed(threads, "translation", "translation", english, "12 words, greedy", num_beams=1),
        _speed(threads, "masked-words", "fill-mask", {"text": f"{TWELVE_WORDS} ___"}, "12 words"),
        _speed(threads, "named-entities", "token-classification", english, "12 words"),
        _speed(threads, "marked-answers", "question-answering", asked, "12 words"),
        _speed(threads, "spoken-digits", "audio-classification", {"audio": digit}, "one word"),
        _speed(threads, "scene-detector", "object-detection", picture, "a scene"),
        _speed(threads, "scene-captioner", "image-to-text", picture, "a scene"),
        _speed(
            threads,
            "scene-answerer",
            "image-text-to-text",
            {**picture, "text": [{"role": "user", "content": question}]},
            f"a scene, “{question}”",
        ),
    ]


def _speed(
    threads: int, name: str, task: str, inputs: dict[str, Any], asked: str, **options: Any
) -> Speed:
    settings = replace(from_environment(), threads=threads)
    loads, answers = [], []
    for time in range(TIMES + 1):
        playground = Playground(settings)
        facts = playground.run(task, inputs, name, options).facts
        assert facts
        if time:  # the first one imports the libraries
            loads.append(facts.load_seconds)
            answers.append(facts.run_seconds)
        playground.cache.close()
    return Speed(name, statistics.median(loads), statistics.median(answers), asked)
