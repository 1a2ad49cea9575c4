"""/v1/models: the models of the catalogue."""

from fastapi import APIRouter

from api.calls import Calls
from api.openai.shapes import Model, Models, answers
from pipelines.catalogue import Entry
from pipelines.errors import ModelError, quoted
from pipelines.inventory import listed


def router(calls: Calls) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    catalogue = calls.playground.catalogue

    @routes.get("/models", response_model=None, responses=answers(Models))
    def models() -> Models:
        """All models of the catalogue; every route also takes "auto" for the best one here."""
        listed = [described(entry, calls) for entry in catalogue.entries.values()]
        return {"object": "list", "data": listed}

    @routes.get("/models/{name:path}", response_model=None, responses=answers(Model))
    def model(name: str) -> Model:
        """One model of the catalogue, by its name."""
        entry = catalogue.find(name)
        if entry is None:
            raise ModelError(
                f"There is no model named {quoted(name)}.", "GET /v1/models lists them."
            )
        return described(entry, calls)

    return routes


def described(entry: Entry, calls: Calls) -> Model:
    """OpenAI's fields, and further ones of the inventory."""
    return {
        "id": entry.name,
        "object": "model",
        "created": 0,
        "owned_by": (entry.hub or "pipeline-playground").partition("/")[0],
        **listed(entry, calls.playground),
    }
