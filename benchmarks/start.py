"""Start to first page, and memory before the first model, against a bare gr.Blocks page."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.pairs import compared
from benchmarks.report import Row

BARE = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.Textbox()
page.launch(server_port={port}, quiet=True)
"""
RUNS = 7


def run() -> list[Row]:
    """Start both in turn, RUNS times."""
    pairs = []
    for _ in range(RUNS):
        bare = _start(lambda port: ["-c", BARE.format(port=port)])
        pairs.append((_start(lambda port: ["app.py", "--port", str(port)]), bare))
    names = ("start to first page (s)", "resident memory before the first model (MB)")
    return [
        compared(name, [(ours[i], bare[i]) for ours, bare in pairs], "bare page", "≤ 1.3", ".2f")
        for i, name in enumerate(names)
    ]


def _start(command: Callable[[int], list[str]]) -> tuple[float, float]:
    """Seconds until the page answers, and megabytes of memory then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command(port)],
        cwd=Path(__file__).parents[1],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
                break
            except OSError:
                time.sleep(0.01)
        seconds = time.perf_counter() - began
        return seconds, psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        process.wait()
