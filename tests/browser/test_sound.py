"""Sounds on the page: recordings of all kinds come in, and speech plays while it is made."""

import base64
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, ROOT, Tab

expect.set_options(timeout=PATIENCE)
Open = Callable[..., Tab]
CASES = ROOT / "tests" / "inputs" / "cases"
SPEECH = ROOT / "assets" / "examples" / "weather.mp3"
# What Chromium calls a file by its ending, where it knows it.
KINDS = {
    ".webm": "video/webm",
    ".3gp": "video/3gpp",
    ".mp4": "video/mp4",
    ".mkv": "video/x-matroska",
}
DROP = """(input, [content, name, type]) => {
    const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, {type}));
    for (const event of ['dragenter', 'dragover', 'drop'])
        input.parentElement.firstElementChild.dispatchEvent(
            new DragEvent(event, {dataTransfer, bubbles: true, cancelable: true}));
}"""
PLAYED = """
    window.played = [];
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
        window.played.push(this.src);
        return play.call(this);
    };
"""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Sounds that browsers call videos, or nothing."""
    folder = tmp_path_factory.mktemp("recordings")
    for name, source in {
        "phone.3gp": CASES / "recording.3gp",
        "phone.mp4": CASES / "recording.3gp",  # the same container
        "browser.webm": CASES / "recording.webm",
        "editor.mkv": CASES / "recording.webm",
        "recording": SPEECH,
    }.items():
        shutil.copy(source, folder / name)
    soundfile.write(folder / "mac.caf", *soundfile.read(SPEECH), format="CAF")
    return sorted(folder.iterdir())


def sound_input(tab: Tab) -> Any:
    tab.panel.get_by_label("Upload file").first.click()
    sound = tab.panel.locator("input[type=file]").first
    sound.wait_for(state="attached")
    return sound


def test_recordings_that_browsers_call_videos_are_chosen_and_dropped(
    open_tab: Open, recordings: list[Path]
) -> None:
    tab = open_tab("automatic-speech-recognition")
    for file in recordings:
        for dropped in (False, True):
            sound = sound_input(tab)
            if dropped:
                content = base64.b64encode(file.read_bytes()).decode()
                sound.evaluate(DROP, [content, file.name, KINDS.get(file.suffix, "")])
            else:
                with tab.page.expect_file_chooser() as chooser:
                    sound.evaluate("input => input.click()")
                assert "video/*" in sound.get_attribute("accept")
                chooser.value.set_files(file)
            tab.panel.get_by_label("Clear").first.click()


def test_a_recording_of_a_browser_is_heard_with_its_language(open_tab: Open) -> None:
    tab = open_tab("automatic-speech-recognition")
    with tab.page.expect_file_chooser() as chooser:
        sound_input(tab).evaluate("input => input.click()")
    chooser.value.set_files(CASES / "recording.webm")
    tab.panel.get_by_label("Clear").first.wait_for()
    tab.run()
    tab.done()
    transcript = tab.panel.locator("label", has_text="Transcript").locator("textarea")
    assert "meeting" in transcript.input_value()
    expect(tab.panel.get_by_text("Language: English, ")).to_be_visible()


def test_speech_plays_from_its_first_sentence_while_it_is_made(open_tab: Open) -> None:
    tab = open_tab("text-to-speech")
    tab.page.evaluate(f"() => {{{PLAYED}}}")
    sentence = "The train to the coast leaves at half past nine in the morning. "
    tab.panel.get_by_label("Text", exact=True).fill(sentence * 12)
    tab.run()
    pause = tab.panel.locator(".speech-pieces button")
    expect(pause).to_have_text("Pause")
    expect(tab.status.locator(".done")).to_have_count(0)
    tab.page.wait_for_function("window.played.length > 1")
    first, second, *_ = tab.page.evaluate("window.played")
    assert first != second
    pause.click()
    expect(pause).to_have_text("Play")
    tab.done()
    pieces = tab.panel.locator(".speech-pieces [data-source]")
    assert 2 < pieces.count() < 12
    expect(tab.panel.get_by_label("Play", exact=True)).to_be_visible()
    tab.panel.get_by_label("Text", exact=True).fill("Another one.")
    tab.run()
    tab.page.wait_for_function(f"!window.played.at(-1).endsWith({second[-20:]!r})")
    expect(pieces).to_have_count(1)


def test_a_text_grows_while_one_speaks_and_the_recording_is_kept(open_tab: Open) -> None:
    tab = open_tab("automatic-speech-recognition")
    transcript = tab.panel.locator(".result textarea")
    tab.button("Transcribe live").click()
    expect(transcript).to_have_value(re.compile("weather"))  # the fake microphone says it again
    tab.button("End and keep").click()
    assert "s of sound" in tab.done()
    expect(transcript).to_have_value(re.compile("weather"))
    expect(tab.button("Transcribe live")).to_be_visible()
    expect(tab.panel.locator(".transcript audio")).to_have_attribute("src", re.compile("recording"))


def test_a_refused_microphone_is_told_and_stop_lets_one_go(open_tab: Open) -> None:
    tab = open_tab("automatic-speech-recognition")
    tab.page.evaluate(
        """() => {
            const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async wanted => {
                if (!window.allowed) throw new DOMException('', 'NotAllowedError');
                return window.heard = await ask(wanted);
            };
        }"""
    )
    tab.button("Transcribe live").click()
    expect(tab.page.get_by_text("does not let this page hear the microphone")).to_be_visible()
    tab.page.evaluate("() => { window.allowed = true; }")
    tab.button("Transcribe live").click()
    expect(tab.button("Stop")).to_be_enabled()
    tab.button("Stop").click()
    expect(tab.status).to_contain_text("Stopped.")
    expect(tab.button("Transcribe live")).to_be_visible()
    assert tab.page.evaluate("heard.getTracks().every(one => one.readyState === 'ended')")
