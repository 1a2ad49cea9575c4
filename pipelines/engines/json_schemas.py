"""Text held to a JSON schema: what can be held, and that it was.

llama.cpp asks llguidance which tokens may come next. Where a schema has what llguidance does not
know, or grows too large for it on the way, llama.cpp silently goes on without any constraint. So
the same library checks the schema before, and the text as it grows. Knows JSON schemas, no models.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from typing import Any

from pipelines.capabilities import TextStream
from pipelines.errors import InputError

# Of what is repeated: each repetition is a symbol of the grammar, and 2,000,000 of them took 23 s.
MOST_REPEATED = 10_000
LENGTHS = {
    *("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"),
    *("minContains", "maxContains"),
}
# llguidance's own options, one of which lets it pass over what it does not know.
OPTIONS = "x-guidance"
# As json.dumps writes it: with white space left to it, a small model may write nothing else.
LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
# Where schemas stand within one: as it is, in a list, by name.
SCHEMAS = {"items", "additionalProperties", "additionalItems"}
LISTS = {"anyOf", "oneOf", "prefixItems"}
BY_NAME = {"properties", "patternProperties", "$defs", "definitions"}
OPEN = {"additionalProperties", "patternProperties", "unevaluatedProperties", "minProperties"}
LONGEST_REASON = 200


def check(schema: Mapping[str, Any]) -> None:
    """Check that a text can be held to the schema.

    Raises:
        InputError: it asks for something that llguidance does not know, or for too much.
    """
    if OPTIONS in schema:
        raise _refused(f"{OPTIONS} is not taken here")
    if sum(_lengths(schema)) > MOST_REPEATED:
        raise _refused(f"its lengths sum up to more than {MOST_REPEATED:,}")
    if reason := _llguidance().LLMatcher.validate_grammar(_grammar(schema)):
        raise _refused(reason.split("\n")[-1].removeprefix("error: "))


def for_llama(schema: Mapping[str, Any]) -> str:
    """The schema as a grammar that llama.cpp passes on.

    Given as a schema it would do so for texts only: for chats it makes a grammar of its own, which
    passes over half of what a schema can say.
    """
    return f"%llguidance {{}}\nstart: %json {_json(schema)}"


def held(pieces: TextStream, schema: Mapping[str, Any]) -> TextStream:
    """Yield the pieces as long as they are JSON of the schema, or its beginning.

    Raises:
        InputError: llama.cpp has lost the schema.
    """
    matcher = _llguidance().LLMatcher(_bytes_as_tokens(), _grammar(schema), log_level=0)
    with closing(pieces):
        for piece in pieces:
            if not matcher.consume_tokens([*piece.encode()]):
                raise InputError(
                    "The answer could not be held to this JSON schema.", "Try a simpler one."
                )
            yield piece


def _lengths(value: Any) -> list[float]:
    if isinstance(value, list):
        return [one for item in value for one in _lengths(item)]
    if not isinstance(value, dict):
        return []
    own = [one for key, one in value.items() if key in LENGTHS and isinstance(one, int | float)]
    return own + _lengths([*value.values()])


def _grammar(schema: Mapping[str, Any]) -> str:
    return str(_llguidance().grammar_from("json_schema", _json(schema)))


def _json(schema: Mapping[str, Any]) -> str:
    # What several schemas say together must stay open: each knows some of the properties.
    closed = schema if '"allOf"' in json.dumps(schema) else _closed(schema)
    return json.dumps({**closed, OPTIONS: LAYOUT})


def _closed(schema: Any) -> Any:
    """The schema without other properties than it names, where it does not ask for any: a small
    model would make them up without an end."""
    if not isinstance(schema, Mapping):
        return schema
    closed = dict(schema)
    for keyword in SCHEMAS & schema.keys():
        closed[keyword] = _closed(schema[keyword])
    for keyword in LISTS & schema.keys():
        if isinstance(several := schema[keyword], list):
            closed[keyword] = [_closed(one) for one in several]
    for keyword in BY_NAME & schema.keys():
        if isinstance(named := schema[keyword], dict):
            closed[keyword] = {name: _closed(one) for name, one in named.items()}
    properties, required = schema.get("properties"), schema.get("required") or []
    if not isinstance(properties, dict) or not isinstance(required, list):
        return closed
    if not OPEN & schema.keys() and all(one in properties for one in required):
        closed["additionalProperties"] = False
    return closed


def _refused(reason: str) -> InputError:
    return InputError(
        f"An answer cannot be held to this JSON schema: {reason[:LONGEST_REASON]}.",
        "Leave that out.",
    )


@cache
def _bytes_as_tokens() -> Any:
    return _llguidance().LLTokenizer("byte")


def _llguidance() -> Any:
    import llguidance

    return llguidance
