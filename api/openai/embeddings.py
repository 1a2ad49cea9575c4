"""/v1/embeddings: texts as vectors."""

import base64
from typing import Any, Literal

import numpy as np
from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.calls import Calls, notes
from api.openai.parameters import Body
from api.openai.shapes import Embedding, Embeddings, answers
from pipelines.errors import InputError
from pipelines.run import Request


class EmbeddingRequest(Body):
    """OpenAI's request."""

    input: str | list[str]
    model: str = "auto"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


def router(calls: Calls) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post("/embeddings", response_model=None, responses=answers(Embeddings))
    async def embeddings(
        request: HttpRequest, response: Response, body: EmbeddingRequest
    ) -> Embeddings:
        """Vectors of length 1, pooled as the model's repository says."""
        if body.dimensions is not None:
            raise InputError("Vectors are given whole here.", "Leave dimensions out.")
        texts = [body.input] if isinstance(body.input, str) else body.input
        asked = Request("feature-extraction", {"text": texts}, {"pooling": "auto"}, body.model)
        answer = await calls.answer(request, asked)
        assert answer.facts is not None
        response.headers.update(notes(answer.notes))
        listed: list[Embedding] = [
            {"object": "embedding", "index": index, "embedding": _encoded(one, body)}
            for index, one in enumerate(answer.value)
        ]
        read = answer.facts.prompt_tokens or 0
        return {
            "object": "list",
            "data": listed,
            "model": answer.facts.model,
            "usage": {"prompt_tokens": read, "total_tokens": read},
        }

    return routes


def _encoded(vector: list[float], body: EmbeddingRequest) -> Any:
    if body.encoding_format == "float":
        return vector
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()
