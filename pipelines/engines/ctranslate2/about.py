"""What a converted model's folder tells of it besides the weights: about.json."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipelines.parse_json import parse_json

ABOUT = "about.json"
LANGUAGE = -1  # in `before` and `after`: the token of a language stands here


@dataclass(frozen=True)
class Decoding:
    """How transformers' generate would write with this model's generation_config."""

    first: int | None = None  # the token that every text begins with
    ends_at_limit: bool = False  # the last token that the limit allows is the end token
    min_length: int = 0
    no_repeat_ngram_size: int = 0
    length_penalty: float = 1.0
    patience: float = 1.0  # how many times as many texts as beams a search ends with
    never: tuple[tuple[int, ...], ...] = ()  # tokens, and sequences of tokens


@dataclass(frozen=True)
class About:
    """Tokens are numbers throughout: the model's vocabulary is their digits.

    `before` and `after` are what the model reads around a text's tokens; `languages` the tokens of
    languages by the names that the model has for them.
    """

    kind: str
    tokenizer: str  # "tokenizers", or the family whose SentencePiece files are read
    max_length: int
    end: int  # the token
    before: tuple[int, ...]
    after: tuple[int, ...]
    special: tuple[int, ...]  # tokens that are no text
    clean_up: bool
    decoding: Decoding
    languages: dict[str, int] = field(default_factory=dict)
    default_language: int | None = None  # where none is asked for
    summary_prefix: str = ""
    familiar_pieces_per_word: float | None = None

    def write(self, folder: Path) -> None:
        """Write it into the model's folder."""
        (folder / ABOUT).write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "About":
        """What a model's folder tells.

        Raises:
            OSError, ValueError, TypeError, KeyError: it cannot be read.
        """
        told = parse_json((folder / ABOUT).read_text("utf-8"))
        decoding = told.pop("decoding")
        decoding["never"] = tuple(tuple(one) for one in decoding["never"])
        for name in ("before", "after", "special"):
            told[name] = tuple(told[name])
        return cls(**told, decoding=Decoding(**decoding))
