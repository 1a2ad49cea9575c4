"""Requests travel with their files, and errors as they are."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from cluster import messages
from cluster.messages import with_files
from pipelines import errors
from pipelines.errors import BusyError, InputError, MemoryBudgetError, PlaygroundError
from pipelines.folders import ASSETS
from pipelines.inputs.files import confined_to
from pipelines.registry import task
from pipelines.run import Request
from pipelines.settings import Settings

CAT = ASSETS / "examples/cat.jpg"
BYTES = CAT.read_bytes()


def sent(task_id: str, settings: Settings, **inputs: Any) -> Any:
    return with_files(task(task_id), Request(task_id, inputs), settings).inputs


@pytest.mark.parametrize("given", [CAT, str(CAT), {"path": str(CAT), "url": None}])
def test_a_file_travels_as_its_content(settings: Settings, given: Any) -> None:
    assert sent("image-classification", settings, image=given) == {"image": BYTES}
    assert sent("image-classification", settings, image=[given] * 2) == {"image": [BYTES] * 2}
    sound = ASSETS / "examples/weather.mp3"
    heard = sent("automatic-speech-recognition", settings, audio=sound)
    assert heard == {"audio": sound.read_bytes()}


def test_the_pictures_of_a_conversation_travel_too(settings: Settings) -> None:
    talk = [
        {"role": "user", "content": "What is it?", "images": [{"path": str(CAT)}]},
        {"role": "user", "content": [{"type": "image", "image": str(CAT)}, {"text": "And it?"}]},
    ]
    read = sent("image-text-to-text", settings, image=None, text=talk)["text"]
    assert read[0]["images"] == [BYTES]
    assert read[1]["content"] == [{"type": "image", "image": BYTES}, {"text": "And it?"}]
    assert talk[0]["images"] == [{"path": str(CAT)}]  # the caller's own stays as it is


@pytest.mark.parametrize("text", ["/etc/passwd", str(CAT), {"path": str(CAT)}])
def test_what_is_no_file_is_not_opened(settings: Settings, text: Any) -> None:
    assert sent("text-classification", settings, text=text) == {"text": text}


def test_a_visitors_path_is_refused_before_anything_is_sent(
    settings: Settings, tmp_path: Path
) -> None:
    with confined_to([tmp_path]), pytest.raises(InputError, match="was not uploaded here"):
        sent("image-classification", settings, image=str(CAT))


def test_files_that_are_too_large_together_are_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_BYTES", 2 * len(BYTES))
    sent("image-classification", settings, image=[CAT] * 2)
    with pytest.raises(InputError, match="together"):
        sent("image-classification", settings, image=[CAT] * 3)


def kinds() -> list[type[PlaygroundError]]:
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    return [one for one in found if issubclass(one, PlaygroundError)]


@pytest.mark.parametrize("kind", kinds())
def test_an_error_comes_through_as_it_is(kind: type[PlaygroundError]) -> None:
    if issubclass(kind, MemoryBudgetError):
        error: PlaygroundError = kind("A", 2, 1)
    elif issubclass(kind, BusyError):
        error = kind("Full.", "Wait.", 30)
    elif kind is errors.ServerStoppingError:
        error = kind()
    else:
        error = kind("It is wrong.", "Do this.")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))
    assert again.retry_after == error.retry_after
