"""Trains the spoken-digits starter: four layers of Whisper base hear zero … nine.

    python -m starters.spoken_digits --data DIR [--evaluate]

DIR holds fsdd/DIGIT_SPEAKER_INDEX.wav (Free Spoken Digit Dataset, CC BY-SA 4.0). Whisper's layers
stay as pretrained, but for narrower feed-forward halves (digit_pruning); what is trained is the
head on their mean states. Five heads are trained first, each without one speaker, for the figures
on unheard voices. The bundled head is trained the same way on all five speakers, without the
recordings set aside for testing.
"""

import copy
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import WhisperForAudioClassification

from pipelines import Playground
from pipelines.settings import from_environment
from starters.digit_clips import DIGITS, SECONDS, SPEAKERS, features, make_extractor, read_clips
from starters.digit_figures import counts, figures, load, note_unheard
from starters.digit_listening import Heard, joe, listen
from starters.digit_pruning import narrowed
from starters.digit_whisper import beginning
from starters.loop import seed_everything
from starters.starter import BUILD, Starter, main

LAYERS = 4
WIDTH = 1_024  # of 2,048 hidden units in each feed-forward half
SPOKEN = 10  # times each digit at each pace, for the pruning
HEAD_STEPS = 60
HEAD_DECAY = 3e-3
WORK = BUILD / "spoken-digits"


def make_encoder(playground: Playground) -> WhisperForAudioClassification:
    """Whisper's first layers, pruned by what the text-to-speech starter says."""
    whisper = playground.store.get(playground.catalogue["whisper-base"])
    seed_everything(0)
    full = beginning(whisper / "model.bin", DIGITS, LAYERS, SECONDS).eval()
    model, errors = narrowed(full, WIDTH, features(make_extractor(), joe(playground, SPOKEN)))
    print("lost by pruning, layer by layer:", [round(error, 4) for error in errors], flush=True)
    return model


def teach_head(model: Any, seen: Tensor, digits: Tensor) -> None:
    """Give the head the logistic regression on these mean states, its scaling folded in."""
    mean, spread = seen.mean(0), seen.std(0) + 1e-4
    inputs = (seen - mean) / spread
    weight = torch.zeros(len(DIGITS), seen.shape[1], requires_grad=True)
    bias = torch.zeros(len(DIGITS), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=HEAD_STEPS)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(inputs @ weight.T + bias, digits)
        loss = loss + HEAD_DECAY * weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        folded = weight / spread
        model.projector.weight.copy_(folded)
        model.projector.bias.copy_(bias - folded @ mean)
        model.classifier.weight.copy_(torch.eye(len(DIGITS)))
        model.classifier.bias.zero_()


def fit(encoder: Any, heard: Heard, rows: list[int], digits: Tensor) -> Any:
    """A model whose head is trained on these recordings, as they are and disturbed."""
    chosen = torch.tensor(rows)
    model = copy.deepcopy(encoder)
    seen = torch.cat([heard.plain[chosen], *heard.copies[:, chosen]])
    teach_head(model, seen, digits[chosen].repeat(len(heard.copies) + 1))
    return model


def share_right(model: Any, seen: Tensor, digits: Tensor) -> float:
    """Share of mean states that are answered right."""
    with torch.inference_mode():
        answers = model.classifier(model.projector(seen)).argmax(-1)
    return float((answers == digits).float().mean())


def save(model: WhisperForAudioClassification, folder: Path) -> None:
    """Write a folder as transformers reads it, weights as float16 in files under 9 MB."""
    model.half().save_pretrained(folder, max_shard_size="8MB")
    make_extractor().save_pretrained(folder)


def train_starter(data: Path | None, out: Path) -> None:
    """Train five models without one speaker and the bundled one; measure and write."""
    assert data
    began = time.time()
    WORK.mkdir(parents=True, exist_ok=True)
    encoder = make_encoder(Playground(from_environment()))
    clips = read_clips(data)
    digits = torch.tensor([clip.digit for clip in clips])
    heard = listen(encoder, make_extractor(), clips, WORK / "heard.pt")
    numbers = range(len(clips))
    left_out = {s: [n for n in numbers if clips[n].speaker == s] for s in SPEAKERS}
    for speaker, unseen in left_out.items():
        rows = [n for n in numbers if clips[n].speaker != speaker]
        model = fit(encoder, heard, rows, digits)
        share = share_right(model, heard.plain[unseen], digits[unseen])
        print(f"without {speaker}: {share:.3f}", flush=True)
        save(model, WORK / f"without-{speaker}")
    save(fit(encoder, heard, [n for n in numbers if not clips[n].set_aside], digits), out)
    print(f"trained in {(time.time() - began) / 60:.0f} minutes", flush=True)
    unheard = {}
    for speaker, unseen in left_out.items():
        model = load(WORK / f"without-{speaker}")
        unheard[speaker] = counts(model, [clips[n] for n in unseen])
        print(f"without {speaker}: {unheard[speaker]}", flush=True)
    note_unheard(unheard, out)


STARTER = Starter(
    name="spoken-digits",
    minutes=6,
    train=train_starter,
    figures=figures,
    data=("fsdd",),
)

if __name__ == "__main__":
    main(STARTER, __doc__)
