"""A text is held to a JSON schema, and what cannot be held is noticed."""

from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.capabilities import TextStream
from pipelines.engines.json_schemas import MOST_REPEATED, check, held
from pipelines.errors import InputError

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
}


def pieces(text: str, size: int = 3) -> TextStream:
    for start in range(0, len(text), size):
        yield text[start : start + size]


@pytest.mark.parametrize("name", ["Ada", "Ådå 😀", ""])
def test_json_of_the_schema_passes(name: str) -> None:
    check(PERSON)
    text = '{"name": "%s", "age": 36}' % name  # noqa: UP031
    assert "".join(held(pieces(text), PERSON)) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"name": 3',
        '{"age": 36',
        '{"name": "Ada", "age": -1',
        '{"name": "Ada", "age": 36} and',
        '{"name": "Ada", "age": 36, "more"',
        "```json",
        " {",
    ],
)
def test_a_text_that_is_not_held_is_noticed_at_once(text: str) -> None:
    stream = held(pieces(text, 1), PERSON)
    with pytest.raises(InputError, match="could not be held"):
        "".join(stream)


def test_the_model_is_stopped_when_the_schema_is_lost() -> None:
    closed: list[bool] = []

    def writing() -> TextStream:
        try:
            yield from iter("x" * 100)
        finally:
            closed.append(True)

    with pytest.raises(InputError):
        list(held(writing(), PERSON))
    assert closed == [True]


def opened() -> Iterator[dict[str, Any]]:
    """Schemas that ask for other properties than they name."""
    yield {**PERSON, "additionalProperties": True}
    yield {**PERSON, "additionalProperties": {"type": "boolean"}}
    yield {"allOf": [PERSON, {"properties": {"more": {"type": "boolean"}}, "required": ["more"]}]}
    yield {**PERSON, "required": ["name", "age", "more"]}


@pytest.mark.parametrize("schema", [*opened()])
def test_other_properties_are_written_where_they_are_asked_for(schema: dict[str, Any]) -> None:
    check(schema)
    text = '{"name": "Ada", "age": 36, "more": true}'
    assert "".join(held(pieces(text), schema)) == text


def test_a_property_may_have_the_name_of_a_keyword() -> None:
    schema = {"type": "object", "properties": {"properties": {"type": "null"}, "$ref": {}}}
    check(schema)
    text = '{"properties": null, "$ref": 3}'
    assert "".join(held(pieces(text), schema)) == text


@pytest.mark.parametrize("name", ["maxItems", "minItems", "maxLength", "maxProperties"])
def test_lengths_are_bounded_all_together(name: str) -> None:
    half = {name: MOST_REPEATED // 2 + 1}
    check({"anyOf": [half]})
    with pytest.raises(InputError, match="sum up"):
        check({"anyOf": [half, {"properties": {"a": half}}]})
