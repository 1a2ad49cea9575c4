"""What is known of translation models, whatever library computes them: how long a sentence may be,
and when a text is unlike those that a small model was trained on.
"""

import re

from pipelines.run import offer_recommended

MAX_NEW_TOKENS = 512  # of a translated sentence
LONGEST_SENTENCE = 256  # tokens; models were trained on shorter ones and lose parts of longer ones
WORD = re.compile(r"\w+|[^\w\s]")


def sentence_tokens(max_length: int) -> int:
    """How long a sentence may be, in tokens, for a model that reads so many.

    Half of them, for a translation may be longer than its sentence.
    """
    return min(max_length // 2, LONGEST_SENTENCE)


def note_if_unfamiliar(text: str, pieces: int, limit: float | None) -> None:
    """Say so when a model trained on one kind of text, as its config tells, gets another.

    Words that training never saw fall into many pieces. For the bundled model 1.5 pieces a word
    separate its own test sentences (6 % above) from film reviews (over 90 % above).
    """
    if limit is not None and pieces > limit * len(WORD.findall(text)):
        offer_recommended(
            "This starter knows short sentences about everyday scenes. This text looks like "
            "something else, so do not trust the translation."
        )
