"""Encoder-decoders of text: translation and summarization, as each family was trained for it."""

import re

from pipelines.capabilities import Summarize, TextStream, Translate
from pipelines.engines.transformers.batching import TextModel
from pipelines.engines.transformers.languages import translation_prompt
from pipelines.run import offer_recommended

MAX_NEW_TOKENS = 512
WORD = re.compile(r"\w+|[^\w\s]")


class TextToText(TextModel, Summarize, Translate):
    """T5, BART, Pegasus, Marian, NLLB, mBART, M2M100."""

    def summarize(self, text: str, *, max_new_tokens: int) -> TextStream:
        """Yield the summary; T5's config has the prefix that asks for it."""
        # Only configs that have them still do in transformers 5.
        special = getattr(self.config, "task_specific_params", None) or {}
        prefix = special.get("summarization", {}).get("prefix", "")
        yield from self._rewrite(prefix + text, max_new_tokens=max_new_tokens, num_beams=1)

    def translate(self, text: str, *, source: str, target: str, num_beams: int) -> TextStream:
        """Yield the translation."""
        self._note_if_unfamiliar(text)
        prompt, options = translation_prompt(
            self.folder, self.config.model_type, self.tokenizer, text, source, target
        )
        yield from self._rewrite(
            prompt, max_new_tokens=MAX_NEW_TOKENS, num_beams=num_beams, **options
        )

    def _rewrite(self, text: str, *, max_new_tokens: int, **options: object) -> TextStream:
        _, inputs = next(self.batches(self.encode([text])))
        longest = min(max_new_tokens, self.max_length - 1)  # the start token takes a position too
        yield from self.stream_text(self.tokenizer, inputs, max_new_tokens=longest, **options)

    def _note_if_unfamiliar(self, text: str) -> None:
        """Say so when a model trained on one kind of text, as its config tells, gets another.

        Words that training never saw fall into many pieces. For the bundled model 1.5 pieces a word
        separate its own test sentences (6 % above) from film reviews (over 90 % above).
        """
        limit = getattr(self.config, "familiar_pieces_per_word", None)
        if limit is None:
            return
        pieces = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(pieces) > limit * len(WORD.findall(text)):
            offer_recommended(
                "This starter knows short sentences about everyday scenes. This text looks like "
                "something else, so do not trust the translation."
            )
