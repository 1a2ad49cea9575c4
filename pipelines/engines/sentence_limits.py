"""What is known of translation models, whatever library computes them: how long a sentence may be,
when a text is unlike those that a small model was trained on, and when it was unsure of its answer.
"""

import re
from collections.abc import Sequence

from pipelines.run import offer_recommended

MAX_NEW_TOKENS = 512  # of a translated sentence
LONGEST_SENTENCE = 256  # tokens; models were trained on shorter ones and lose parts of longer ones
# The mean log probability of an answer's tokens below which the bundled model was mostly wrong. Of
# 500 of its own test sentences 6 % of the French and 20 % of the German answers are below, with a
# chrF of 50 (the others: 73 and 66); of 39 sentences of other kinds 36, all wrong, with the words
# that it does not know (at -0.8 32 were).
UNSURE = -0.7
WORD = re.compile(r"\w+|[^\w\s]")


def sentence_tokens(max_length: int) -> int:
    """How long a sentence may be, in tokens, for a model that reads so many.

    Half of them, for a translation may be longer than its sentence.
    """
    return min(max_length // 2, LONGEST_SENTENCE)


def note_if_unfamiliar(text: str, pieces: int, limit: float | None) -> bool:
    """Say so when a model trained on one kind of text, as its config tells, gets another.

    Words that training never saw fall into many pieces. For the bundled model 1.5 pieces a word
    separate its own test sentences (6 % above) from film reviews (over 90 % above).
    """
    unfamiliar = limit is not None and pieces > limit * len(WORD.findall(text))
    if unfamiliar:
        offer_recommended(
            "This starter knows short sentences about everyday scenes. This text looks like "
            "something else, so do not trust the translation."
        )
    return unfamiliar


def note_if_unsure(written: Sequence[tuple[float, int]]) -> None:
    """Say so when a small model itself held for unlikely what it wrote.

    Given are the log probability of each sentence, and its number of tokens.
    """
    log_probabilities, tokens = map(sum, zip(*written, strict=True))
    if log_probabilities < UNSURE * tokens:
        offer_recommended(
            "The model was unsure of this translation, so it is probably wrong. "
            "Choose a larger model for it."
        )
