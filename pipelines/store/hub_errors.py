"""Turns the Hub client's errors into sentences for the user."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pipelines.errors import (
    DiskFullError,
    DownloadError,
    ModelError,
    PlaygroundError,
    UnreachableError,
    quoted,
)
from pipelines.store.download import RefusedError, is_full

SIMILAR = 3  # names suggested when there is no model of this name


@contextmanager
def user_error(model: str) -> Iterator[None]:
    """Turn the Hub client's errors into sentences for the user."""
    import httpx2
    from huggingface_hub import constants, errors

    try:
        yield
    except (errors.GatedRepoError, RefusedError) as error:
        if isinstance(error, RefusedError) and error.code != "GatedRepo":
            raise
        raise ModelError(
            f"{model} is gated: its authors want to know who uses it.",
            f"Ask for access at {constants.ENDPOINT}/{model}, then set HF_TOKEN or sign in.",
        ) from error
    except errors.DisabledRepoError as error:
        raise ModelError(f"{model} was taken down by the Hub.", "Pick another model.") from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{model} has no such revision.", "It may have been removed.") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no model {model} on the Hub, or it is private.", _advice(model)
        ) from error
    except errors.HFValidationError as error:
        raise ModelError(
            f"{quoted(model)} is no model id.", "Write it as owner/name, as on the Hub."
        ) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, errors.OfflineModeIsEnabled) as error:
        raise UnreachableError("The Hub cannot be reached.", "Check the network.") from error
    except errors.LocalEntryNotFoundError as error:
        raise UnreachableError("The Hub cannot be reached.", "Check the network.") from error
    except errors.HfHubHTTPError as error:
        raise _answered(model, error) from error
    except json.JSONDecodeError as error:
        raise DownloadError(
            f"The Hub's answer about {model} cannot be read.", "Does a firewall answer for it?"
        ) from error
    except httpx2.HTTPError as error:
        raise DownloadError(f"The Hub did not answer about {model}.", "Try again later.") from error
    except OSError as error:
        if is_full(error):
            raise DiskFullError("The disk is full.", "Delete something, or set HF_HOME.") from error
        raise


def _answered(model: str, error: Any) -> DownloadError:
    status, wait = error.response.status_code, error.response.headers.get("Retry-After", "")
    if status == 429:
        soon = f"in {wait} s" if wait.isdigit() else "later"
        return DownloadError("The Hub has been asked too often.", f"Try again {soon}.")
    return DownloadError(f"The Hub answered {status} about {model}.", "Try again later.")


def _advice(model: str) -> str:
    """A hint with similar names for a model that does not exist."""
    from huggingface_hub import HfApi

    words, found = model.rpartition("/")[2], []
    with suppress(PlaygroundError), user_error(model):  # the caller raises the error that matters
        found = [m.id for m in HfApi().list_models(search=words, sort="downloads", limit=SIMILAR)]
    advice = "Check the spelling; for a private model set HF_TOKEN or sign in."
    return f"Did you mean {', '.join(found)}? {advice}" if found else advice
