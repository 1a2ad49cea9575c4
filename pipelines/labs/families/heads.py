"""The head that an encoder of lab 1 was saved with, as the capability that the tasks' adapters use.

Which head a model has is told by the class it was saved as.
"""

from typing import Any

from pipelines.capabilities import AnswerSpan, FillMask, TagTokens


def head_of(model: Any, tokenizer: Any) -> FillMask | TagTokens | AnswerSpan | None:
    """A model and its tokenizer with what its head can do, if it has one."""
    from pipelines.engines.transformers import token_heads

    saved_as = type(model).__name__
    if saved_as.endswith("ForMaskedLM"):
        return token_heads.MaskedLanguageModel.of(model, tokenizer)
    if saved_as.endswith("ForTokenClassification"):
        return token_heads.TokenClassifier.of(model, tokenizer)
    if saved_as.endswith("ForQuestionAnswering"):
        return token_heads.QuestionAnswerer.of(model, tokenizer)
    return None
