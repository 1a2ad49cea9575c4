"""What the encoder makes of recordings, as they are and disturbed, computed once for all heads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipelines import Playground
from pipelines.inputs.audio import Sound
from starters.digit_clips import DIGITS, RATE, SECONDS, Clip, features
from starters.digit_mixing import Samples, disturbed

COPIES = 3  # of each recording, each disturbed anew
AT_ONCE = 50
PACES = (0.8, 1.0, 1.3)


@dataclass(frozen=True)
class Heard:
    """Mean states: of the recordings as they are, (recordings, width), and of each copy of them."""

    plain: Tensor
    copies: Tensor


def joe(playground: Playground, times: int) -> list[Samples]:
    """The digits spoken by the text-to-speech starter, disturbed: speech that is in no test."""
    chance = np.random.default_rng(0)
    sounds = []
    for pace in PACES:
        for digit in DIGITS:
            asked = {"text": f"{digit}."}
            options = {"length_scale": pace}
            said = playground.run("text-to-speech", asked, "piper-en-us-joe", options).value
            samples = Sound(said.samples.astype(np.float32) / 32_768, said.sampling_rate).at(RATE)
            sounds += [disturbed(samples, SECONDS, RATE, chance) for _ in range(times)]
    return sounds


def listen(model: Any, extractor: Any, clips: list[Clip], file: Path) -> Heard:
    """Hear all recordings, or read what was heard before from `file`."""
    if not file.exists():
        chance = np.random.default_rng(0)
        plain = [Sound(c.samples, RATE).loudest(SECONDS)[1].samples for c in clips]
        heard = [mean_states(model, features(extractor, plain))]
        for number in range(COPIES):
            print(f"listening, copy {number + 1} of {COPIES}", flush=True)
            sounds = [disturbed(c.samples, SECONDS, RATE, chance) for c in clips]
            heard.append(mean_states(model, features(extractor, sounds)))
        torch.save({"plain": heard[0], "copies": torch.stack(heard[1:])}, file)
    return Heard(**torch.load(file, weights_only=True))


@torch.inference_mode()
def mean_states(model: Any, heard: Tensor) -> Tensor:
    """The encoder's last states, the mean over the window."""
    return torch.cat([model.encoder(p).last_hidden_state.mean(1) for p in heard.split(AT_ONCE)])
