"""The network of Firefox Translations' small models: a transformer whose decoder is an SSRU.

The encoder is a post-norm transformer. In the decoder a simpler simple recurrent unit (SSRU; Kim et
al. 2019, "From Research to Production and Back") stands in place of self-attention, so that a step
costs the same wherever in the sentence it is: all that is kept is one vector a layer. The keys and
values of the attention to the source are computed once a sentence.

float32 in numpy, on one core: 8 news sentences in one batch, en→pt, take 0.22 s, half of it for the
32,000 words that every step chooses from. Knows tokens as ids; sentences and vocabularies are the
model's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.engines.marian.weights import EMBEDDING, Floats, Weights
from pipelines.errors import ModelError

Ids = NDArray[np.intp]

END = 0  # </s>
UNKNOWN = 1  # <unk>; never written, as in Marian
EPSILON = 1e-6  # of Marian's layer normalization
# A distilled translation is seldom longer; Mozilla's own configuration has 2.5.
LENGTH_FACTOR = 2.5
LEAST_STEPS = 12
MOST_LAYERS = 1_000
FAMILY = {
    "type": "transformer",
    "transformer-decoder-autoreg": "rnn",
    "dec-cell": "ssru",
    "transformer-preprocess": "",
    "transformer-postprocess": "dan",
    "transformer-postprocess-top": "",
    "transformer-ffn-activation": "relu",
    "transformer-train-position-embeddings": False,
    "tied-embeddings-all": True,
}


@dataclass(frozen=True)
class Linear:
    """A matrix (outputs, inputs) and a bias."""

    weight: Floats
    bias: Floats | None = None

    def __call__(self, x: Floats) -> Floats:
        """Apply it to the last dimension."""
        made: Floats = x @ self.weight.T
        if self.bias is not None:
            made += self.bias
        return made


@dataclass(frozen=True)
class LayerNorm:
    """Normalizes the last dimension."""

    scale: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """Normalize."""
        centred = x - x.mean(-1, keepdims=True)
        variance = np.einsum("...i,...i->...", centred, centred)[..., None] / x.shape[-1]
        centred /= np.sqrt(variance + EPSILON)
        centred *= self.scale
        centred += self.bias
        normed: Floats = centred
        return normed


@dataclass(frozen=True)
class FeedForward:
    """Two linear layers, ReLU between them, the residual and its norm."""

    first: Linear
    second: Linear
    norm: LayerNorm

    def __call__(self, x: Floats) -> Floats:
        """Apply it to each token."""
        hidden = self.first(x)
        np.maximum(hidden, 0, out=hidden)
        return self.norm(x + self.second(hidden))


@dataclass(frozen=True)
class Attention:
    """Multi-head attention, the residual and its norm."""

    heads: int
    query: Linear
    key: Linear
    value: Linear
    output: Linear
    norm: LayerNorm

    def remember(self, x: Floats) -> tuple[Floats, Floats]:
        """Keys as (batch, heads, width, tokens), values as (batch, heads, tokens, width)."""
        keys, values = self._split(self.key(x)), self._split(self.value(x))
        return np.ascontiguousarray(keys.swapaxes(2, 3)), np.ascontiguousarray(values)

    def __call__(self, x: Floats, keys: Floats, values: Floats, bias: Floats) -> Floats:
        """`bias` is -inf where there is padding, broadcast to (batch, heads, queries, tokens)."""
        queries = self._split(self.query(x))
        scores: Floats = queries @ keys
        scores *= np.float32(queries.shape[-1] ** -0.5)
        scores += bias
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        mixed = (scores @ values).swapaxes(1, 2).reshape(x.shape)
        return self.norm(x + self.output(mixed))

    def _split(self, x: Floats) -> Floats:
        batch, tokens, width = x.shape
        return x.reshape(batch, tokens, self.heads, width // self.heads).swapaxes(1, 2)


@dataclass(frozen=True)
class Ssru:
    """The recurrent unit: a forget gate decides how much of the state stays."""

    inputs: Linear
    forget: Linear
    norm: LayerNorm

    def __call__(self, x: Floats, state: Floats) -> tuple[Floats, Floats]:
        """The output and the next state."""
        gate = 1 / (1 + np.exp(-self.forget(x).clip(-80, 80)))
        following: Floats = gate * state + (1 - gate) * self.inputs(x)
        return self.norm(x + np.maximum(following, 0)), following


@dataclass(frozen=True)
class EncoderLayer:
    """Self-attention and feed-forward."""

    attention: Attention
    ffn: FeedForward

    def __call__(self, x: Floats, bias: Floats) -> Floats:
        """Apply it; `bias` as in Attention."""
        return self.ffn(self.attention(x, *self.attention.remember(x), bias))


@dataclass(frozen=True)
class DecoderLayer:
    """The recurrent unit, attention to the source and feed-forward."""

    ssru: Ssru
    attention: Attention
    ffn: FeedForward


@dataclass
class DecoderState:
    """What one layer keeps of a batch between steps."""

    ssru: Floats
    keys: Floats
    values: Floats

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Leave out the sentences that have ended."""
        self.ssru, self.keys, self.values = self.ssru[rows], self.keys[rows], self.values[rows]


class Network:
    """One direction's network."""

    def __init__(self, weights: Weights) -> None:
        """Dequantize the weights.

        Raises:
            ModelError: they are another kind of network, or damaged.
        """
        config = weights.config()
        strange = [key for key, value in FAMILY.items() if config.get(key) != value]
        shape = weights.shape(EMBEDDING)
        if strange or len(shape) != 2:
            raise ModelError(
                "This Marian model is not of the Firefox Translations family"
                + (f" ({', '.join(strange)})." if strange else "."),
                "Pick one with an SSRU decoder and tied embeddings, such as a tiny one.",
            )
        self.words, self._width = shape
        heads = _count(config, "transformer-heads")
        if self._width % heads or self._width % 2 or self._width < 4 or self.words <= UNKNOWN:
            raise ModelError("The sizes of this Marian model do not fit together.", "Pick another.")
        self._embedding = weights.read(EMBEDDING, *shape)
        bias = weights.read("decoder_ff_logit_out_b", self.words)
        bias[UNKNOWN] = -np.inf
        self._logits = Linear(self._embedding, bias)
        read = _Reader(weights, self._width, heads)
        encoders, decoders = _count(config, "enc-depth"), _count(config, "dec-depth")
        self._encoder = [read.encoder_layer(f"encoder_l{i + 1}") for i in range(encoders)]
        self._decoder = [read.decoder_layer(f"decoder_l{i + 1}") for i in range(decoders)]

    def greedy(self, sentences: Sequence[Sequence[int]]) -> Iterator[dict[int, int]]:
        """Yield the next token of each sentence that has not ended, by the sentence's index.

        Sentences are ids without an end, none of them empty. The end is not yielded.
        """
        encoded, padding = self._encode([[*one, END] for one in sentences])
        alive = np.arange(len(sentences))
        limits = np.array([max(LEAST_STEPS, LENGTH_FACTOR * len(one)) for one in sentences])
        states = [
            DecoderState(
                np.zeros((len(sentences), 1, self._width), np.float32),
                *layer.attention.remember(encoded),
            )
            for layer in self._decoder
        ]
        x = np.zeros((len(sentences), 1, self._width), np.float32)
        step = 0
        while len(alive):
            x = x + _positions(step, 1, self._width)
            for layer, state in zip(self._decoder, states, strict=True):
                x, state.ssru = layer.ssru(x, state.ssru)
                x = layer.ffn(layer.attention(x, state.keys, state.values, padding))
            chosen = self._logits(x[:, 0]).argmax(-1)
            step += 1
            going = (chosen != END) & (step <= limits[alive])
            if not going.all():
                alive, chosen, padding = alive[going], chosen[going], padding[going]
                for state in states:
                    state.keep(going)
            if len(alive):
                yield dict(zip(alive.tolist(), chosen.tolist(), strict=True))
            x = self._embed(chosen[:, None])

    def _encode(self, sentences: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """The encoder's output (batch, tokens, width), and -inf for each padding token."""
        longest = max(map(len, sentences))
        ids = np.zeros((len(sentences), longest), np.intp)
        padding = np.full((len(sentences), 1, 1, longest), -np.inf, np.float32)
        for row, one in enumerate(sentences):
            ids[row, : len(one)] = one
            padding[row, ..., : len(one)] = 0
        x = self._embed(ids) + _positions(0, longest, self._width)
        for layer in self._encoder:
            x = layer(x, padding)
        return x, padding

    def _embed(self, ids: Ids) -> Floats:
        embedded: Floats = self._embedding[ids] * np.float32(self._width**0.5)
        return embedded


class _Reader:
    """Makes the layers of tensors, by Marian's names."""

    def __init__(self, weights: Weights, width: int, heads: int) -> None:
        self._weights, self._width, self._heads = weights, width, heads

    def encoder_layer(self, name: str) -> EncoderLayer:
        return EncoderLayer(self._attention(f"{name}_self"), self._ffn(f"{name}_ffn"))

    def decoder_layer(self, name: str) -> DecoderLayer:
        ssru = Ssru(
            Linear(self._matrix(f"{name}_rnn_W")),
            self._linear(f"{name}_rnn_Wf", f"{name}_rnn_bf"),
            self._norm(f"{name}_rnn_ffn"),
        )
        return DecoderLayer(ssru, self._attention(f"{name}_context"), self._ffn(f"{name}_ffn"))

    def _attention(self, name: str) -> Attention:
        query, key, value, output = (
            self._linear(f"{name}_W{one}", f"{name}_b{one}") for one in "qkvo"
        )
        norm = self._norm(f"{name}_Wo")
        return Attention(self._heads, query, key, value, output, norm)

    def _ffn(self, name: str) -> FeedForward:
        inner = self._weights.shape(f"{name}_b1")[-1]
        return FeedForward(
            self._linear(f"{name}_W1", f"{name}_b1", inner, self._width),
            self._linear(f"{name}_W2", f"{name}_b2", self._width, inner),
            self._norm(f"{name}_ffn"),
        )

    def _linear(
        self, matrix: str, bias: str, outputs: int | None = None, inputs: int | None = None
    ) -> Linear:
        outputs = outputs or self._width
        return Linear(self._matrix(matrix, outputs, inputs), self._weights.read(bias, outputs))

    def _matrix(self, name: str, outputs: int | None = None, inputs: int | None = None) -> Floats:
        return self._weights.read(name, outputs or self._width, inputs or self._width)

    def _norm(self, name: str) -> LayerNorm:
        return LayerNorm(
            self._weights.read(f"{name}_ln_scale", self._width),
            self._weights.read(f"{name}_ln_bias", self._width),
        )


def _count(config: dict[str, Any], key: str) -> int:
    """A number of layers or heads.

    Raises:
        ModelError: it is none.
    """
    count = config.get(key)
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= MOST_LAYERS:
        raise ModelError(f"This Marian model has no usable {key}.", "Pick another.")
    return count


def _positions(first: int, count: int, width: int) -> Floats:
    """Marian's position embeddings: sines in the first half, cosines in the second."""
    half = width // 2
    rates = np.exp(-np.arange(half) * (np.log(10_000) / (half - 1)))
    angles = np.arange(first, first + count)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], -1).astype(np.float32)
