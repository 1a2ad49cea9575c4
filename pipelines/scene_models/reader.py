"""The small encoder-decoder transformer of the scene captioner and the question answerer.

The encoder attends over the objects that the detection heads found, a coarse grid of the picture's
colours and the words of the question (none for a caption) together; the decoder writes the answer
word by word. Knows tensors and word ids; leaves pictures to backbone.py, words to words.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from pipelines.scene_models.words import END, PAD, START

FOURIER_FREQUENCIES = 5  # of the sines and cosines that encode a box


class SceneReaderConfig(PretrainedConfig):  # type: ignore[misc]  # transformers has no types
    """Sizes of the reader; `vocabulary` is the number of words it knows."""

    model_type = "scene_reader"

    def __init__(
        self,
        vocabulary: int = 300,
        object_size: int = 30,
        grid_size: int = 48,
        width: int = 128,
        heads: int = 4,
        encoder_layers: int = 3,
        decoder_layers: int = 2,
        longest: int = 40,
        **kwargs: object,
    ) -> None:
        self.vocabulary = vocabulary
        self.object_size = object_size
        self.grid_size = grid_size
        self.width = width
        self.heads = heads
        self.encoder_layers = encoder_layers
        self.decoder_layers = decoder_layers
        self.longest = longest
        super().__init__(**kwargs)


class Attention(nn.Module):
    """Multi-head attention of one sequence over another, with its own normalisation."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(
        self, x: Tensor, memory: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """mask: True where attention is allowed."""
        normed = self.norm(x)
        source = normed if memory is None else memory
        query = self._split(self.query(normed))
        key, value = (self._split(part) for part in self.key_value(source).chunk(2, -1))
        # Written out: for sequences this short torch's own attention trains six times slower.
        scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e4)
        mixed = scores.softmax(-1) @ value
        added: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return x + added

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply."""
        added: Tensor = self.down(F.gelu(self.up(self.norm(x))))
        return x + added


class EncoderLayer(nn.Module):
    """Self-attention over objects, grid and question, then the feed-forward network."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.ffn = FeedForward(width)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """Apply."""
        y: Tensor = self.ffn(self.self_attn(x, mask=real))
        return y


class DecoderLayer(nn.Module):
    """Causal self-attention, cross-attention to the encoder's memory, feed-forward network."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.cross_attn = Attention(width, heads)
        self.ffn = FeedForward(width)

    def forward(self, x: Tensor, earlier: Tensor, memory: Tensor, real: Tensor) -> Tensor:
        """Apply."""
        y: Tensor = self.ffn(self.cross_attn(self.self_attn(x, mask=earlier), memory, real))
        return y


class SceneReader(PreTrainedModel):  # type: ignore[misc]  # transformers has no types
    """Objects, a colour grid and a question → words."""

    config_class = SceneReaderConfig

    def __init__(self, config: SceneReaderConfig) -> None:
        super().__init__(config)
        width, heads = config.width, config.heads
        self.word_embeddings = nn.Embedding(config.vocabulary, width)
        self.position_embeddings = nn.Parameter(torch.randn(config.longest, width) * 0.02)
        self.grid_position_embeddings = nn.Parameter(torch.randn(4, width) * 0.02)
        self.object_projection = nn.Linear(config.object_size + 8 * FOURIER_FREQUENCIES, width)
        self.grid_projection = nn.Linear(config.grid_size, width)
        self.type_embeddings = nn.Parameter(torch.randn(3, width) * 0.02)
        self.encoder = nn.ModuleList(
            EncoderLayer(width, heads) for _ in range(config.encoder_layers)
        )
        self.memory_norm = nn.LayerNorm(width)
        self.decoder = nn.ModuleList(
            DecoderLayer(width, heads) for _ in range(config.decoder_layers)
        )
        self.final_norm = nn.LayerNorm(width)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Word embeddings with a small deviation; everything else as torch does by default."""
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.05)

    def encode(self, objects: Tensor, grid: Tensor, question: Tensor) -> tuple[Tensor, Tensor]:
        """The encoder's output and the mask of what is no padding of the question."""
        frequencies = math.pi * 2.0 ** torch.arange(FOURIER_FREQUENCIES)
        angles = (objects[..., :4, None] * frequencies).flatten(2)
        # Probabilities rather than logits, so that only the likely labels have large values.
        probabilities = 2 * (4 * objects[..., 5:-1]).sigmoid() * (objects[..., 4:5] != 0)
        quality = objects[..., -1:]
        features = [objects[..., :5], probabilities, quality, angles.sin(), angles.cos()]
        things = self.object_projection(torch.cat(features, -1))
        cells = self.grid_projection(grid) + self.grid_position_embeddings
        asked = self.word_embeddings(question) + self.position_embeddings[: question.shape[1]]
        typed = zip((things, cells, asked), self.type_embeddings, strict=True)
        x = torch.cat([part + kind for part, kind in typed], 1)
        seen = torch.ones(x.shape[0], x.shape[1] - question.shape[1], dtype=torch.bool)
        real = torch.cat([seen, question != PAD], 1)[:, None, None]
        for layer in self.encoder:
            x = layer(x, real)
        return self.memory_norm(x), real

    def decode(self, written: Tensor, memory: Tensor, real: Tensor) -> Tensor:
        """Logits of the word after each word written so far."""
        length = written.shape[1]
        x = self.word_embeddings(written) + self.position_embeddings[:length]
        earlier = torch.ones(length, length, dtype=torch.bool).tril()
        for layer in self.decoder:
            x = layer(x, earlier, memory, real)
        return F.linear(self.final_norm(x), self.word_embeddings.weight)

    def forward(self, objects: Tensor, grid: Tensor, question: Tensor, written: Tensor) -> Tensor:
        """Logits for training with teacher forcing."""
        return self.decode(written, *self.encode(objects, grid, question))

    @torch.inference_mode()
    def generate_words(self, objects: Tensor, grid: Tensor, question: Tensor) -> Iterator[Tensor]:
        """Greedy decoding: the next word of each row, until every row has ended."""
        memory, real = self.encode(objects, grid, question)
        written = torch.full((objects.shape[0], 1), START)
        ended = torch.zeros(objects.shape[0], dtype=torch.bool)
        while written.shape[1] < self.config.longest and not ended.all():
            word = self.decode(written, memory, real)[:, -1].argmax(-1)
            word = torch.where(ended, PAD, word)
            ended |= word == END
            written = torch.cat([written, word[:, None]], 1)
            yield word


AutoConfig.register("scene_reader", SceneReaderConfig, exist_ok=True)
AutoModel.register(SceneReaderConfig, SceneReader, exist_ok=True)
