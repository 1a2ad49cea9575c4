"""What a run has shown so far, so that another replica can take it over when its own is lost.

A run that has shown nothing is asked again, which nobody notices. Generated text is continued after
what was shown. Other answers are deterministic: they are asked again, and hidden until they are
longer than what was shown. Knows no Ray.
"""

import random
from dataclasses import replace
from typing import Any

from pipelines.outputs import Speech
from pipelines.playground import Answer
from pipelines.run import Request

WENT_ON = "The machine that was answering was lost; another one went on from what was there."
BEGAN_AGAIN = "The machine that was answering was lost; another one began this answer again."
SEEDS = 2**31
ANY = {"generated_text": " "}  # a text as it may be shown
HELD = ("json_schema", "tools", "top_logprobs")  # a text of which more is told or held


class Recovery:
    """The recovery of one run. `request` is what its current replica was asked."""

    def __init__(self, request: Request, most_characters: int) -> None:
        self.request = self._asked = request
        self.note = ""
        self._most_characters = most_characters
        self._shown: Any = None
        self._before = ""  # the text that the replica was asked to continue
        self._tokens = self._tokens_before = 0
        generates = request.task == "text-generation"
        if generates and request.options.get("seed") is None and self._continued(ANY) is None:
            # Two replicas draw the same text then. A text that can go on has no need of it, and
            # without a seed llama.cpp computes it in one batch with others.
            options = {**request.options, "seed": random.randrange(SEEDS)}
            self.request = self._asked = replace(request, options=options)

    def shows(self, answer: Answer, tokens: int | None) -> Answer | None:
        """The answer as the user sees it; None while it is no longer than what was shown."""
        value, facts, notes = answer.value, answer.facts, answer.notes
        if self._before:
            value = {**value, "generated_text": self._before + value["generated_text"]}
        self._tokens = self._tokens_before + (tokens or 0)
        if facts is None and self.note and extent(value) <= extent(self._shown):
            return None
        self._shown = value
        if facts and self.note:
            notes = (*notes, self.note)
            facts = replace(facts, tokens=self._tokens or None)
        return replace(answer, value=value, facts=facts, notes=notes)

    def lost(self) -> None:
        """Set `request` to what another replica is asked, since the current one is gone."""
        if self._shown is None:
            return
        if (after := self._continued(self._shown)) is not None:
            self.note, self.request = WENT_ON, after
            self._before, self._tokens_before = self._shown["generated_text"], self._tokens
        else:
            self.note, self.request = BEGAN_AGAIN, self._asked
            self._before, self._tokens_before = "", 0

    def _continued(self, shown: Any) -> Request | None:
        """The request to continue the text that was shown, where models take such a one."""
        asked = self._asked
        if asked.task != "text-generation" or not isinstance(shown, dict):
            return None
        if asked.options.get("num_return_sequences", 1) != 1:
            return None
        text = shown["generated_text"]
        if not text or any(asked.options.get(one) is not None for one in HELD):
            return None
        prompt = asked.inputs.get("prompt")
        options = dict(asked.options)
        most = options.get("max_new_tokens")
        if isinstance(most, int):
            options["max_new_tokens"] = max(1, most - self._tokens)
        if options.get("mode") == "continue":
            if not isinstance(prompt, str) or len(prompt + text) > self._most_characters:
                return None
            longer: Any = prompt + text
        else:
            turns = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
            if not turns or not all(isinstance(one, dict) for one in turns):  # several prompts
                return None
            begun = turns[-1].get("content") if turns[-1].get("role") == "assistant" else ""
            if not isinstance(begun, str):
                return None
            turns = turns[:-1] if begun else turns
            longer = [*turns, {"role": "assistant", "content": begun + text}]
        return replace(asked, inputs={**asked.inputs, "prompt": longer}, options=options)


def extent(value: Any) -> int:
    """The length of an answer, for comparing two."""
    match value:
        case str():
            return len(value)
        case Speech():
            return len(value.samples)
        case dict():
            return sum(map(extent, value.values()))
        case list():
            return sum(map(extent, value))
    return 0
