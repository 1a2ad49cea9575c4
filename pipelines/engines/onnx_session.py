"""ONNX Runtime sessions: they free their memory after each run, and end with the user's Stop.

Knows no format and no task; imports the library when the first session is made.
"""

import threading
from pathlib import Path
from typing import Any

from pipelines.run import CHECK_SECONDS, current

SHRINK = "memory.enable_memory_arena_shrinkage"


class OnnxSession:
    """An ONNX Runtime session that frees its arena after each run, and ends with the user's Stop.

    It would keep the most that it ever used: for a Piper voice 400 MB more than at the start after
    sentences of 250 phonemes, with this 47. Without an arena a run takes a half longer.
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def run(self, outputs: Any, inputs: Any) -> Any:
        """Run the model once.

        Raises:
            Cancelled: the user has stopped; the run is broken off.
        """
        from onnxruntime import RunOptions

        options = RunOptions()
        options.add_run_config_entry(SHRINK, "cpu:0")
        run, ended = current(), threading.Event()

        def watch() -> None:
            while not ended.wait(CHECK_SECONDS):
                if run.stopped:
                    options.terminate = True

        watcher = threading.Thread(target=watch, name="onnx stop", daemon=True)
        watcher.start()
        try:
            return self._session.run(outputs, inputs, options)
        except Exception:
            run.check()
            raise
        finally:
            ended.set()
            watcher.join()


def open_session(file: Path, threads: int) -> OnnxSession:
    """A session of the model in this file, on so many threads of the CPU."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait by spinning took a third of the processor's time, from other models too.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return OnnxSession(InferenceSession(str(file), options, providers=["CPUExecutionProvider"]))
