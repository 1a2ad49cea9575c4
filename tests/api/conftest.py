"""The real clients, on the running app."""

from collections.abc import Iterator

import pytest
from openai import OpenAI


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server_url}/v1", api_key="none", max_retries=0) as client:
        yield client
