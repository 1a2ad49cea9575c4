"""Encoder-decoders of text: translation and summarization, as each family was trained for it."""

from collections.abc import Sequence

from pipelines.capabilities import Summarize, TextStream, TextStreams, Translate
from pipelines.engines.sentence_limits import (
    MAX_NEW_TOKENS,
    note_if_unfamiliar,
    sentence_tokens,
)
from pipelines.engines.transformers.batching import TextModel
from pipelines.engines.transformers.languages import translation_prompt


class TextToText(TextModel, Summarize, Translate):
    """T5, BART, Pegasus, Marian, NLLB, mBART, M2M100."""

    def summarize(
        self, text: str, *, max_new_tokens: int, min_new_tokens: int | None = None
    ) -> TextStream:
        """Yield the summary; T5's config has the prefix that asks for it."""
        # Only configs that have them still do in transformers 5.
        special = getattr(self.config, "task_specific_params", None) or {}
        prefix = special.get("summarization", {}).get("prefix", "")
        fewest: dict[str, object] = {}
        if min_new_tokens is not None:  # in place of the model's own
            fewest = {
                "min_length": 0,
                "min_new_tokens": min(min_new_tokens, self._most(max_new_tokens)),
            }
        yield from self._rewrite(
            prefix + text, max_new_tokens=max_new_tokens, num_beams=1, **fewest
        )

    def reads_whole(self, sentence: str) -> bool:
        """Whether it has no more tokens than the model translates well."""
        return len(self.tokenizer(sentence)["input_ids"]) <= sentence_tokens(self.max_length)

    def translate(
        self, sentences: Sequence[str], *, source: str, target: str, num_beams: int
    ) -> TextStreams:
        """Yield the translations, one sentence after the other."""
        text = "\n".join(sentences)
        pieces = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        limit = getattr(self.config, "familiar_pieces_per_word", None)
        note_if_unfamiliar(text, len(pieces), limit)
        for index, sentence in enumerate(sentences):
            prompt, options = translation_prompt(
                self.folder, self.config.model_type, self.tokenizer, sentence, source, target
            )
            pieces = self._rewrite(
                prompt, max_new_tokens=MAX_NEW_TOKENS, num_beams=num_beams, **options
            )
            for piece in pieces:
                yield index, piece

    def _rewrite(self, text: str, *, max_new_tokens: int, **options: object) -> TextStream:
        _, inputs = next(self.batches(self.encode([text])))
        longest = self._most(max_new_tokens)
        yield from self.stream_text(self.tokenizer, inputs, max_new_tokens=longest, **options)

    def _most(self, max_new_tokens: int) -> int:
        """How many tokens it can write; the token that it starts with takes a position too."""
        return min(max_new_tokens, self.max_length - 1)
