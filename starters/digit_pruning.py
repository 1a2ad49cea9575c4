"""Makes the encoder's feed-forward halves narrower, so that more layers fit into 20 MB.

Each layer keeps the hidden units that say most about the sounds given; the weights behind them are
fitted anew, by least squares, so that the stream of states after the layer is the full model's. No
labels, no gradients.
"""

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import WhisperForAudioClassification

RIDGE = 1e-3  # of the mean square of a unit
AT_ONCE = 50


def stem(encoder: Any, heard: Tensor) -> Tensor:
    """Convolutions and positions: the states before the first layer."""
    folded = functional.gelu(encoder.conv2(functional.gelu(encoder.conv1(heard))))
    states: Tensor = folded.permute(0, 2, 1) + encoder.embed_positions.weight
    return states


@torch.inference_mode()
def narrowed(
    full: WhisperForAudioClassification, width: int, heard: Tensor
) -> tuple[WhisperForAudioClassification, list[float]]:
    """A model with `width` hidden units, and each layer's error as a share of its spread."""
    config = copy.deepcopy(full.config)
    config.encoder_ffn_dim = width
    model = WhisperForAudioClassification(config).eval()
    names = {name for name, _ in model.named_parameters() if ".fc1." in name or ".fc2." in name}
    kept = {name: value for name, value in full.state_dict().items() if name not in names}
    model.load_state_dict(kept, strict=False)
    ours = theirs = torch.cat([stem(full.encoder, part) for part in heard.split(AT_ONCE)])
    errors = []
    for narrow, wide in zip(model.encoder.layers, full.encoder.layers, strict=True):
        theirs = torch.cat([wide(part, None) for part in theirs.split(AT_ONCE)])
        ours = torch.cat([_attended(narrow, part) for part in ours.split(AT_ONCE)])
        hidden = _hidden(wide, ours).flatten(0, 1)
        weight = hidden.square().mean(0) * wide.fc2.weight.square().sum(0)
        units = weight.topk(width).indices
        narrow.fc1.weight.copy_(wide.fc1.weight[units])
        narrow.fc1.bias.copy_(wide.fc1.bias[units])
        _fit(narrow.fc2, hidden[:, units], (theirs - ours).flatten(0, 1))
        ours = ours + narrow.fc2(_hidden(narrow, ours))
        spread = (theirs - theirs.mean((0, 1))).square().mean()
        errors.append(float((theirs - ours).square().mean() / spread))
    return model, errors


def _attended(layer: Any, states: Tensor) -> Tensor:
    """The first half of a layer."""
    attended: Tensor = layer.self_attn(hidden_states=layer.self_attn_layer_norm(states))[0]
    return states + attended


def _hidden(layer: Any, states: Tensor) -> Tensor:
    return functional.gelu(layer.fc1(layer.final_layer_norm(states)))


def _fit(linear: torch.nn.Linear, inputs: Tensor, wanted: Tensor) -> None:
    """Least squares with a little ridge; the bias is a column of ones."""
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], 1).double()
    square = inputs.T @ inputs
    square += RIDGE * square.diagonal().mean() * torch.eye(len(square))
    found = torch.linalg.solve(square, inputs.T @ wanted.double()).float()
    linear.weight.copy_(found[:-1].T)
    linear.bias.copy_(found[-1])
