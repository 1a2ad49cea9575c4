"""One loaded encoder-decoder on CTranslate2: summaries and translations, greedily or with beams.

Sentences are written in batches, in their order, and each is handed on as it grows. Several runs
take turns by the batch. A run that was stopped ends with the token it is at; a search with beams
cannot be broken off, so that its batch goes on unseen, and no other of it begins. So it is of
several sentences on a small model, which writes a page before one could watch it.
"""

import sys
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from weakref import ref

from pipelines.capabilities import Summarize, TextStream, TextStreams, Translate
from pipelines.engines.base import Languages
from pipelines.engines.ctranslate2.about import LANGUAGE, About
from pipelines.engines.ctranslate2.tokens import Tokens, tokens_of
from pipelines.engines.sentence_limits import (
    MAX_NEW_TOKENS,
    note_if_unfamiliar,
    note_if_unsure,
    sentence_tokens,
)
from pipelines.engines.transformers.languages import language_token, languages
from pipelines.errors import InputError, ModelError
from pipelines.languages import name
from pipelines.run import CHECK_SECONDS, Run, count_tokens, current, note
from pipelines.settings import Settings

BATCH_SENTENCES = 32
BATCH_TOKENS = 1024  # read by a batch, padding included
ENCODED = 64  # texts whose tokens are kept, a page's sentences
WEIGHTS = "model.bin"
# A model so small computes each step sooner than two threads agree on it: there each thread takes
# texts of its own. On a busy machine the bundled one wrote 20 sentences in 40 ms on one thread, in
# 86 on two.
SMALL_BYTES = 50_000_000
WAKE_SECONDS = 0.03
LET_GO_SECONDS = 0.0002  # a text of twelve words takes 4 ms
POLL_SECONDS = 0.0005  # how often a text is asked whether it has ended
UNFINISHED = "\ufffd"  # what a letter of several tokens begins as

# Which of a batch, its new tokens, and whether it is at its end.
Written = Generator[tuple[int, list[int], bool], None, None]


class TextToText(Summarize, Translate):
    """T5, BART, Pegasus, Marian, NLLB, mBART, M2M100."""

    engine = "ctranslate2"
    parallel = sys.maxsize  # CTranslate2 queues the batches
    system = ""

    def __init__(self, converted: Path, folder: Path, numbers: str, settings: Settings) -> None:
        from ctranslate2 import Translator

        self.about = About.read(converted)
        self.tokens = tokens_of(converted, self.about)
        # A sentence is encoded to see whether it fits, to be judged, and to be translated.
        self._encode = lru_cache(ENCODED)(self.tokens.encode)
        self.known: Languages = languages(folder)
        self._small = (converted / WEIGHTS).stat().st_size < SMALL_BYTES
        self._workers = settings.threads if self._small else 1
        self._translator: Any = Translator(
            str(converted),
            compute_type=numbers,
            inter_threads=self._workers,
            intra_threads=1 if self._small else settings.threads,
        )

    def summarize(
        self, text: str, *, max_new_tokens: int, min_new_tokens: int | None = None
    ) -> TextStream:
        """Yield the summary; T5's config has the prefix that asks for it."""
        read, first = self.read(self.about.summary_prefix + text, "", "")
        for _, piece in self._write(
            [read], first, max_new_tokens, num_beams=1, min_new_tokens=min_new_tokens
        ):
            yield piece

    def reads_whole(self, sentence: str) -> bool:
        """Whether it has no more tokens than the model translates well."""
        return len(self._encode(sentence)) <= sentence_tokens(self.about.max_length)

    def translate(
        self, sentences: Sequence[str], *, source: str, target: str, num_beams: int
    ) -> TextStreams:
        """Yield the translations; with beams each comes as one piece."""
        pieces = sum(len(self._encode(sentence)) for sentence in sentences)
        familiar = self.about.familiar_pieces_per_word
        unfamiliar = note_if_unfamiliar("\n".join(sentences), pieces, familiar)
        judged: list[tuple[float, int]] | None = None if familiar is None or unfamiliar else []
        read = [self.read(sentence, source, target) for sentence in sentences]
        done = 0
        for batch in _batches([tokens for tokens, _ in read]):
            first = read[done][1]
            for index, piece in self._write(
                batch, first, MAX_NEW_TOKENS, num_beams=num_beams, judged=judged
            ):
                yield done + index, piece
            done += len(batch)
        if judged:
            note_if_unsure(judged)

    def read(self, text: str, source: str, target: str) -> tuple[list[int], int | None]:
        """The tokens that the model reads, and the first that it is to write.

        Without a target the text is read as it is.

        Raises:
            InputError: the model does not know one of the languages.
        """
        about = self.about
        first, language = about.decoding.first, about.default_language
        if target:
            source_token = language_token(self.known.source, source, "read")
            target_token = language_token(self.known.target, target, "write")
            if about.kind in {"t5", "mt5"}:
                text = f"translate {source_token} to {target_token}: {text}"
            elif about.kind == "marian":
                language = about.languages.get(target_token)
            elif not target_token:
                raise InputError(
                    f"This model does not know {name(target)}.",
                    "It names no languages; pick another.",
                )
            else:
                language = about.languages[source_token]
                first = about.languages[target_token]
        before, after = self._around(about.before, language), self._around(about.after, language)
        own, longest = self._encode(text), about.max_length - len(before) - len(after)
        if len(own) > longest:
            count = len(own) + len(before) + len(after)
            note(f"Only the first {about.max_length:,} of {count:,} tokens count.")
        return [*before, *own[:longest], *after], first

    def write_greedily(self, read: list[int], first: int | None, max_new_tokens: int) -> list[int]:
        """The tokens of the likeliest text, by the token, without its end."""
        written = self._batch([read], first, max_new_tokens, num_beams=1)
        return [token for _, tokens, _ in written for token in tokens]

    def log_probabilities(self, read: list[int], written: list[int]) -> list[float]:
        """Of each token written after what was read, given those before it."""
        (scored,) = self._translator.score_batch([_digits(read)], [_digits(written)])
        return list(scored.log_probs)

    def close(self) -> None:
        """Free the memory."""
        self._translator = None

    def _judged(self, result: Any) -> tuple[float, int]:
        """The log probability of a text, and how many tokens it has, its end included."""
        count = len(result.hypotheses[0]) + 1
        return result.scores[0] * count**self.about.decoding.length_penalty, count

    def _around(self, tokens: tuple[int, ...], language: int | None) -> list[int]:
        """What stands at one side of a text, with the language's token in its place."""
        places = [language if token == LANGUAGE else token for token in tokens]
        return [token for token in places if token is not None]

    def _write(
        self,
        batch: Sequence[list[int]],
        first: int | None,
        max_new_tokens: int,
        *,
        num_beams: int,
        min_new_tokens: int | None = None,
        judged: list[tuple[float, int]] | None = None,
    ) -> TextStreams:
        """Yield the batch's texts as they grow, one after the other."""
        longest = min(max_new_tokens, self.about.max_length - 1)  # the start token has a place too
        growing = [_Growing(self.tokens, self.about.clean_up) for _ in batch]
        at, count = 0, 0
        written = self._batch(
            batch,
            first,
            longest,
            num_beams=num_beams,
            min_new_tokens=min_new_tokens,
            judged=judged,
        )
        with closing(written):
            try:
                for index, tokens, ended in written:
                    count += len(tokens)
                    growing[index].add(tokens, ended)
                    while at < len(growing):
                        if piece := growing[at].piece():
                            yield at, piece
                        if not growing[at].ended:
                            break
                        at += 1
            finally:
                count_tokens(count)

    def _batch(
        self,
        batch: Sequence[list[int]],
        first: int | None,
        longest: int,
        *,
        num_beams: int,
        min_new_tokens: int | None = None,
        judged: list[tuple[float, int]] | None = None,
    ) -> Written:
        """Yield the batch's tokens as they are written; closing stops it.

        `judged` gets the log probability of each text and how many tokens it has.
        """
        how, watch = self.about.decoding, _Watch(current(), len(batch))
        # Told of each token, 20 sentences of the bundled model took half as long again.
        by_token = num_beams == 1 and not (self._small and len(batch) > 1)
        fewest = how.min_length if min_new_tokens is None else min_new_tokens
        # Where the last token that the limit allows must be the end, one fewer is text.
        most = max(1, longest - how.ends_at_limit)
        results: dict[int, Any] = {}
        callbacks: list[ref[Any]] = []
        for part in range(min(self._workers, len(batch))):  # each worker takes one
            indices = range(part, len(batch), self._workers)
            callback = partial(watch.step, indices) if by_token else None
            callbacks += [ref(callback)] if callback else []
            written = self._translator.translate_batch(
                [_digits(batch[index]) for index in indices],
                target_prefix=None if first is None else [[str(first)]] * len(indices),
                beam_size=num_beams,
                max_decoding_length=most,
                min_decoding_length=min(fewest, most),  # it refuses a minimum over the limit
                max_input_length=0,
                no_repeat_ngram_size=how.no_repeat_ngram_size,
                length_penalty=how.length_penalty,
                patience=how.patience,
                suppress_sequences=[_digits(one) for one in how.never] or None,
                return_scores=judged is not None,
                callback=callback,
                asynchronous=True,
            )
            del callback
            results |= dict(zip(indices, written, strict=True))
        try:
            if by_token:
                yield from watch.steps(results, self.about.end)
            else:
                for index in range(len(batch)):
                    watch.wait(results[index])
                    (tokens,) = results[index].result().hypotheses
                    yield index, [int(one) for one in tokens if one != str(self.about.end)], True
            if judged is not None:
                judged += [self._judged(one.result()) for one in results.values()]
        except RuntimeError as error:
            raise ModelError("The model failed while generating.", str(error)) from error
        finally:
            watch.stopped = True
            # CTranslate2's threads let go of their callback after the text is done. A process that
            # ends meanwhile aborts: of those that ended with a translation one in three did.
            while any(callback() for callback in callbacks):
                time.sleep(LET_GO_SECONDS)


class _Watch:
    """What CTranslate2's threads tell of a batch, and whether they are to go on.

    The reader is woken for the end of the last text and some times a second: woken for each token,
    both wait for each other longer than a small model computes.
    """

    def __init__(self, run: Run, texts: int) -> None:
        self.stopped = False
        self._unfinished = texts
        self._run = run
        self._told: list[tuple[int, int, bool]] = []
        self._wake = threading.Event()
        self._woken = time.monotonic()

    def step(self, indices: Sequence[int], result: Any) -> bool:
        """Hear of a token of one of these texts; whether their decoding is to end here."""
        self._told.append((indices[result.batch_id], result.token_id, result.is_last))
        now = time.monotonic()
        self._unfinished -= result.is_last
        if not self._unfinished or now - self._woken > WAKE_SECONDS:
            self._woken = now
            self._wake.set()
        return self.stopped or self._run.stopped

    def steps(self, results: Mapping[int, Any], end: int) -> Written:
        """Yield tokens as they are written."""
        unfinished, heard = dict.fromkeys(results), 0
        while unfinished:
            self._run.check()
            self._wake.wait(CHECK_SECONDS)
            self._wake.clear()
            over = all(result.done() for result in results.values())
            while heard < len(self._told):
                index, token, last = self._told[heard]
                heard += 1
                if last:
                    unfinished.pop(index, None)
                yield index, [token] if token != end else [], last
            if over:
                break
        for index in unfinished:
            results[index].result()  # raises what went wrong
            yield index, [], True

    def wait(self, result: Any) -> None:
        """Wait for a text that is not told by the token."""
        while not result.done():
            self._run.check()
            time.sleep(POLL_SECONDS)


class _Growing:
    """A text as its tokens come."""

    def __init__(self, tokens: Tokens, clean_up: bool) -> None:
        self.ended = False
        self._tokens, self._clean_up = tokens, clean_up
        self._written: list[int] = []
        self._changed = False
        self._given = ""

    def add(self, tokens: Sequence[int], ended: bool) -> None:
        """More of it, and whether that is all."""
        self._changed = True
        self._written += tokens
        self.ended |= ended

    def piece(self) -> str:
        """What can be read since it was asked last."""
        if not self._changed:
            return ""
        self._changed = False
        text = self._tokens.decode(self._written)
        if not self.ended:
            if text.endswith(UNFINISHED):
                return ""
            if self._clean_up:  # what follows may take the last space away
                text = text[: text.rfind(" ") + 1]
        piece = text[len(self._given) :]
        self._given += piece
        return piece


def _batches(read: Sequence[list[int]]) -> Iterator[list[list[int]]]:
    """The sentences in their order, in batches of bounded size."""
    batch: list[list[int]] = []
    for tokens in read:
        longest = max(map(len, [*batch, tokens]))
        if batch and (len(batch) == BATCH_SENTENCES or longest * (len(batch) + 1) > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(tokens)
    if batch:
        yield batch


def _digits(tokens: Sequence[int]) -> list[str]:
    return [str(token) for token in tokens]
