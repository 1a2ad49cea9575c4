"""One training run of lab 2: both phases, as a stream of events, with checkpoints to resume from.

A Training yields dictionaries (each with "event"): "tokenizer", "model", "phase", "step",
"held_out", "sample", "exact", "left_out", "saved", "done". It writes three transformers folders:
random, pretrained, tuned. At every step it asks its caller whether to pause or stop.
"""

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import torch

from pipelines.labs.training import batches, metrics
from pipelines.labs.training.checkpoints import STAGES
from pipelines.labs.training.datasets import Dataset
from pipelines.labs.training.recipe import Recipe, parameters
from pipelines.labs.training.state import load_state, save_state

Event = dict[str, Any]
Control = Literal["go", "pause", "stop"]
PHASES = ("pretraining", "tuning")
CHECKPOINT_SECONDS = 15.0
SAMPLE_SECONDS = 4.0
HELD_OUT_WINDOWS = 32
EVALUATIONS = 20  # on held-out data, in each phase
MAX_HELD_OUT_ROWS = 200
PROMPT_CHARACTERS = 24  # of the text's start, at most; a text without spaces is one word


class Interrupted(Exception):
    """The caller asked to pause or stop; a checkpoint has been written."""

    def __init__(self, control: Control) -> None:
        super().__init__(control)
        self.control = control


class Training:
    """A run in a folder. `events()` runs it to its end, from the checkpoint if there is one."""

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        dataset: Dataset,
        control: Callable[[], Control] = lambda: "go",
        sample_seconds: float = SAMPLE_SECONDS,
    ) -> None:
        self.folder, self.recipe, self.dataset = folder, recipe, dataset
        self.control, self.sample_seconds = control, sample_seconds
        self.log_bytes: Callable[[], int] = lambda: 0
        self.seconds = 0.0  # of training before this process resumed it
        self.tokenizer: Any = None
        self.model: Any = None
        self.optimizer: torch.optim.Optimizer | None = None
        self.phase, self.step = 0, 0

    def events(self) -> Iterator[Event]:
        """Run what is left of both phases."""
        torch.set_num_threads(self.recipe.threads)
        self._began = self._saved = self._sampled = time.monotonic()
        if self.checkpoint_path.exists():
            self._restore()
        else:
            yield from self._begin()
        prepared = (self._text_steps, self._instruction_steps)
        while self.phase < len(PHASES):
            if self.step == 0:
                self.optimizer = None
                yield {"event": "phase", "phase": PHASES[self.phase], "steps": self._steps()}
            yield from prepared[self.phase]()
            yield self._save_stage(STAGES[self.phase + 1])
            self.phase, self.step, self.optimizer = self.phase + 1, 0, None
            self.save_checkpoint()
        yield {"event": "done", "seconds": self.elapsed}

    @property
    def elapsed(self) -> float:
        """Seconds of training so far, without pauses."""
        return self.seconds + time.monotonic() - self._began

    @property
    def checkpoint_path(self) -> Path:
        """The file that the run is resumed from."""
        return self.folder / "checkpoint.pt"

    def _steps(self) -> int:
        return (self.recipe.pretraining_steps, self.recipe.tuning_steps)[self.phase]

    def _begin(self) -> Iterator[Event]:
        """Train the tokenizer, show it, and make the model with random weights."""
        recipe = self.recipe
        began = time.monotonic()
        self.tokenizer = batches.train_tokenizer(
            self.dataset.text, recipe.vocab_size, recipe.context
        )
        first = self.dataset.text[:200]
        ids = self.tokenizer(first)["input_ids"]
        by_id = sorted(self.tokenizer.get_vocab().items(), key=lambda item: item[1])
        yield {
            "event": "tokenizer",
            "vocab_size": len(self.tokenizer),
            "example": [self.tokenizer.decode([i]) for i in ids],
            "last_learned": [self.tokenizer.convert_tokens_to_string([t]) for t, _ in by_id[-20:]],
            "chat_template": batches.CHAT_TEMPLATE,
            "seconds": time.monotonic() - began,
        }
        self.model = new_model(recipe, self.tokenizer)
        yield {"event": "model", "parameters": parameters(recipe)}
        yield self._save_stage("random")

    def _text_steps(self) -> Iterator[Event]:
        recipe = self.recipe
        ids = batches.encode_text(self.tokenizer, self.dataset.text)
        kept = batches.encode_text(self.tokenizer, self.dataset.held_out_text)
        context = min(recipe.context, len(kept))
        held_out = batches.text_batch(kept, HELD_OUT_WINDOWS, context, recipe.seed, 0)

        def loss_of(step: int) -> tuple[torch.Tensor, int]:
            batch = batches.text_batch(
                ids, recipe.batch_size, recipe.context, recipe.seed, step + 1
            )
            return metrics.text_loss(self.model(input_ids=batch).logits, batch), batch.numel()

        def evaluate() -> Event:
            loss = metrics.held_out_loss(self.model, held_out, recipe.batch_size)
            return {"event": "held_out", "loss": loss, "perplexity": math.exp(min(loss, 30))}

        begins = self.dataset.text[:PROMPT_CHARACTERS].split()[:2]
        yield from self._loop(loss_of, evaluate, " " + " ".join(begins))

    def _instruction_steps(self) -> Iterator[Event]:
        recipe, pad = self.recipe, self.tokenizer.pad_token_id
        given = self.dataset.instructions
        rows = batches.instruction_rows(self.tokenizer, given, recipe.context)
        held_out = self.dataset.held_out_instructions[:MAX_HELD_OUT_ROWS]
        kept = batches.instruction_rows(self.tokenizer, held_out, recipe.context)
        left_out = len(given) + len(held_out) - len(rows) - len(kept)
        if self.step == 0 and left_out:
            yield {"event": "left_out", "instructions": left_out, "why": "too long"}
        if not rows or not kept:
            yield {"event": "left_out", "phase": "tuning", "why": "no instruction fits the context"}
            return

        def loss_of(step: int) -> tuple[torch.Tensor, int]:
            ids, mask, labels = batches.instruction_batch(
                rows, recipe.batch_size, pad, recipe.seed, step
            )
            logits = self.model(input_ids=ids, attention_mask=mask).logits
            return metrics.answer_loss(logits, labels), ids.numel()

        def evaluate() -> Event:
            right, loss = metrics.exact_answers(self.model, kept, pad, recipe.batch_size)
            return {"event": "exact", "right": right, "of": len(kept), "loss": loss}

        # A question that fits the context: a longer one would take minutes to answer.
        yield from self._loop(loss_of, evaluate, self.tokenizer.decode(kept[0][0]))

    def _loop(
        self,
        loss_of: Callable[[int], tuple[torch.Tensor, int]],
        evaluate: Callable[[], Event],
        prompt: str,
    ) -> Iterator[Event]:
        steps, phase = self._steps(), PHASES[self.phase]
        every = max(1, steps // EVALUATIONS)
        if self.optimizer is None:
            self._new_optimizer()
        if self.step == 0:
            yield evaluate() | {"phase": phase, "step": 0}
            yield self._sample(prompt)
        while self.step < steps:
            control = self.control()
            if control != "go":
                self.save_checkpoint()
                raise Interrupted(control)
            began = time.monotonic()
            loss, tokens = self._one_step(loss_of, steps)
            self.step += 1
            yield {
                "event": "step",
                "phase": phase,
                "step": self.step,
                "loss": loss,
                "tokens_per_second": round(tokens / (time.monotonic() - began)),
                "seconds": round(self.elapsed, 2),
            }
            if self.step % every == 0 or self.step == steps:
                yield evaluate() | {"phase": phase, "step": self.step}
            if time.monotonic() - self._sampled > self.sample_seconds or self.step == steps:
                yield self._sample(prompt)
            if time.monotonic() - self._saved > CHECKPOINT_SECONDS:
                self.save_checkpoint()

    def _one_step(
        self, loss_of: Callable[[int], tuple[torch.Tensor, int]], steps: int
    ) -> tuple[float, int]:
        assert self.optimizer is not None
        peak = (self.recipe.learning_rate, self.recipe.tuning_learning_rate)[self.phase]
        for group in self.optimizer.param_groups:
            group["lr"] = peak * schedule(self.step, steps)
        loss, tokens = loss_of(self.step)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return float(loss.detach()), tokens

    def _new_optimizer(self) -> None:
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        vectors = [p for p in self.model.parameters() if p.dim() <= 1]
        groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0}]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), fused=True)

    def _sample(self, prompt: str) -> Event:
        # Token by token, a second thread does nothing but wait, which is costly on a busy machine.
        torch.set_num_threads(1)
        text = metrics.sample(self.model, self.tokenizer, prompt)
        torch.set_num_threads(self.recipe.threads)
        self._sampled = time.monotonic()
        return {
            "event": "sample",
            "phase": PHASES[self.phase],
            "step": self.step,
            "prompt": prompt,
            "text": text,
        }

    def _save_stage(self, stage: str) -> Event:
        new = self.folder / f"{stage}.new"
        self.model.save_pretrained(new)
        batches.save_tokenizer(self.tokenizer, new, stage == "tuned")
        shutil.rmtree(self.folder / stage, ignore_errors=True)
        os.replace(new, self.folder / stage)
        return {"event": "saved", "stage": stage, "folder": stage}

    def save_checkpoint(self) -> None:
        """Write all that is needed to resume; a crash meanwhile leaves the previous checkpoint."""
        self._saved = time.monotonic()
        save_state(
            self.checkpoint_path,
            self.model,
            self.optimizer,
            phase=self.phase,
            step=self.step,
            seconds=self.elapsed,
            log_bytes=self.log_bytes(),
            recipe=json.dumps(self.recipe.to_json()),
        )

    def _restore(self) -> None:
        from transformers import AutoTokenizer

        saved = load_state(self.checkpoint_path)
        self.tokenizer = AutoTokenizer.from_pretrained(self.folder / "random")
        batches.set_prefix_space(self.tokenizer, False)
        self.model = new_model(self.recipe, self.tokenizer)
        self.model.load_state_dict(saved["model"])
        self.phase, self.step, self.seconds = saved["phase"], saved["step"], saved["seconds"]
        if saved["optimizer"] is not None:
            self._new_optimizer()
            assert self.optimizer is not None
            self.optimizer.load_state_dict(saved["optimizer"])


def schedule(step: int, steps: int) -> float:
    """The learning rate as a share of its peak: linear warm-up, then linear decay to 2 %."""
    warmup = max(1, min(20, steps // 10))
    return min((step + 1) / warmup, max(0.02, (steps - step) / max(1, steps - warmup)))


def new_model(recipe: Recipe, tokenizer: Any) -> Any:
    """A Llama of the recipe's sizes with random weights drawn from its seed."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=recipe.vocab_size,
        hidden_size=recipe.hidden_size,
        intermediate_size=recipe.intermediate_size,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.num_attention_heads,
        num_key_value_heads=recipe.num_attention_heads,
        max_position_embeddings=2 * recipe.context,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return LlamaForCausalLM(config)
