"""The key of a loaded model: which model, in which form, and whose it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelKey:
    """What the model cache keeps a loaded model under.

    `variant` is the form it is loaded in (Engine.variant), so that one model may be loaded in
    several. `visitor` owns the model's files; it is "" when everybody may use them.
    """

    name: str
    variant: str = ""
    visitor: str = ""
