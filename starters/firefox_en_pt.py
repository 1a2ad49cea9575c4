"""Measures Firefox's translation between English and Portuguese, there and back.

    python -m starters firefox-en-pt --evaluate

Nothing is trained here. chrF of the way back against the sentence that was sent; the Portuguese is
held against it too, for a model that left all as it was would come back best.
"""

from pathlib import Path

from pipelines import Playground
from pipelines.settings import from_environment
from starters.starter import Figure, Starter

NAME = "firefox-en-pt"
PORTUGUESE = {"source": "en", "target": "pt"}
ENGLISH = {"source": "pt", "target": "en"}
NEWS = (
    "The city council approved a new budget on Monday after three hours of debate.",
    "Scientists have discovered a species of frog in the mountains of Peru.",
    "The central bank raised interest rates by half a percentage point, surprising investors.",
    "Heavy rain caused floods in the south of the country, and hundreds had to leave their homes.",
    "The prime minister said that the government would publish the report next week.",
    "A fire destroyed an old theatre in the centre of the town during the night.",
    "The company plans to open a factory that will employ 1,200 people by 2027.",
    "Thousands of students marched through the capital to demand cheaper housing.",
    "Police arrested two men on suspicion of stealing paintings from the museum.",
    "The price of coffee reached its highest level in ten years because of the drought.",
    "Doctors warned that the new virus spreads faster among children.",
    "The two countries signed an agreement to protect fish stocks in the Atlantic.",
    "The national team won the final by three goals to one in front of 60,000 spectators.",
    "A court ruled that the airline must compensate passengers for cancelled flights.",
    "The museum will be closed until March while its roof is being repaired.",
    "Unemployment fell to 5.4 percent in the last quarter, the lowest rate since 2008.",
    "The volcano erupted for the second time this month, but nobody was injured.",
    "Voters will decide in a referendum whether the old airport should become a park.",
    "The actress, who won two awards last year, announced that she will leave the theatre.",
    "Farmers say that the new rules make it harder to sell milk to small shops.",
)
EVERYDAY = (
    "The children are playing in the garden.",
    "Can you help me find the train station?",
    "My sister works in a hospital.",
    "We had dinner at nine o'clock.",
    "It is raining, so take an umbrella.",
)


def translate(playground: Playground, text: str, options: dict[str, str], name: str = NAME) -> str:
    """The text in the other language."""
    answer = playground.run("translation", {"text": text}, name, options)
    return str(answer.value["translation_text"])


def figures(folder: Path, data: Path | None = None) -> list[Figure]:
    """Of news sentences and everyday ones."""
    import sacrebleu

    playground = Playground(from_environment())
    there = translate(playground, "\n".join(NEWS), PORTUGUESE)
    back = translate(playground, there, ENGLISH).split("\n")

    def chrf(lines: list[str]) -> float:
        return float(sacrebleu.corpus_chrf(lines, [list(NEWS)]).score)

    ways = [(NAME, PORTUGUESE), ("translation", {"source": "en", "target": "fr"})]
    alone = [
        (translate(playground, one, way, name), together)
        for name, way in ways
        for one, together in zip(
            EVERYDAY, translate(playground, "\n".join(EVERYDAY), way, name).split("\n"), strict=True
        )
    ]
    same = sum(one == together for one, together in alone) / len(alone)
    return [
        Figure("news, en → pt → en, chrF", chrf(back), len(NEWS), "≥ 60"),
        Figure(
            "the Portuguese against the English, chrF", chrf(there.split("\n")), len(NEWS), "≤ 40"
        ),
        Figure("sentences of one text, as alone (en → pt and fr)", same, len(alone), "≥ 1"),
    ]


STARTER = Starter(name=NAME, figures=figures)
