"""ZeroGPU: a Space to which a GPU is attached for each call.

Knows the library `spaces`, which is installed on Spaces only; imports no torch, so that `register`
can run before the page is up. Everywhere else the functions just call what they are given.
"""

import importlib.util
import os
from collections.abc import Callable, Iterator
from typing import Any


def zero_gpu() -> bool:
    """Whether this is a Space to which a GPU is attached for each call."""
    return (
        bool(os.environ.get("SPACES_ZERO_GPU")) and importlib.util.find_spec("spaces") is not None
    )


def register() -> None:
    """Declare before the page is launched that GPUs will be used.

    A Space whose process has decorated no function by then is stopped: "No @spaces.GPU function
    detected during startup".
    """
    if zero_gpu():
        import spaces  # type: ignore[import-not-found]  # only there on a Space

        spaces.GPU(_placeholder)


def _placeholder() -> None:
    """Is decorated in place of the functions that are only known at a call."""


def on_gpu(work: Callable[[], Any]) -> Any:
    """What `work` returns; on ZeroGPU it runs while a GPU is attached, elsewhere as it is."""
    if not zero_gpu():
        return work()
    import spaces

    return spaces.GPU(work)()


def stream_on_gpu(work: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """What `work` yields; the GPU stays attached until it ends.

    spaces.GPU takes the GPU back when a function returns, and looks at the function to see whether
    it is a generator: a lambda that returns one would lose the GPU before the first token.
    """
    if not zero_gpu():
        yield from work()
        return
    import spaces

    @spaces.GPU  # type: ignore[untyped-decorator]  # spaces is not installed here
    def held() -> Iterator[Any]:
        yield from work()

    yield from held()
