"""Every tab by its real widgets."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, ROOT, Tab, write

expect.set_options(timeout=PATIENCE)
Open = Callable[..., Tab]
EXAMPLES = ("weather", "library")


def test_a_conversation_goes_on_from_what_was_said(open_tab: Open) -> None:
    tab = open_tab("text-generation")
    prompt = tab.panel.get_by_label("Prompt")
    prompt.fill("What is the capital of France?")
    prompt.press("Enter")
    assert "tokens/s" in tab.done()
    expect(tab.panel.locator(".message.bot")).to_contain_text(re.compile(r"\w{3}"))
    expect(prompt).to_have_value("")
    prompt.fill("And a river that flows through it?")
    tab.run()
    expect(tab.panel.locator(".message.bot")).to_have_count(2)
    tab.done()
    # What is exported is what is shown: after Undo, after a reload, and in a new chat.
    tab.button("Undo").click()
    expect(tab.panel.locator(".message.bot")).to_have_count(1)
    tab.page.wait_for_timeout(500)  # the browser keeps it
    tab.page.reload()
    expect(tab.panel.locator(".message.bot")).to_have_count(1)
    tab.open("Download, link, history")
    with tab.page.expect_download() as download:
        tab.button("Download JSON").click()
    messages = json.loads(download.value.path().read_text())
    assert [one["role"] for one in messages] == ["user", "assistant"]
    # The box of an edited question is as wide as the chat.
    tab.button("Edit").click()
    box, chat = tab.panel.locator(".edit-textarea"), tab.panel.get_by_role("log")
    assert box.evaluate("box => box.clientWidth") > 0.7 * chat.evaluate("one => one.clientWidth")
    tab.button("New chat").click()
    expect(tab.panel.locator(".message.bot")).to_have_count(0)
    tab.button("Download MD").click()
    expect(tab.page.get_by_text("There is no result yet.")).to_be_visible()


def test_a_question_asked_meanwhile_goes_on_from_the_whole_answer(open_tab: Open) -> None:
    tab = long_answer(open_tab, tokens=250)
    prompt = tab.panel.get_by_label("Prompt")
    prompt.fill("What is the capital of France?")
    prompt.press("Enter")
    expect(tab.panel.locator(".block.queue")).to_contain_text("1 run is before this one")
    prompt.fill("Not asked yet")
    answers = tab.panel.locator(".message.bot")
    expect(answers).to_have_count(2)
    first = answers.nth(0).inner_text()
    expect(tab.panel.locator(".block.queue")).to_be_hidden()
    tab.done()
    assert len(first) > 400
    assert answers.nth(0).inner_text() == first
    asked = tab.panel.locator(".message.user").all_inner_texts()
    assert [text.strip()[:7] for text in asked] == ["Write a", "What is"]
    expect(prompt).to_have_value("Not asked yet")


def long_answer(open_tab: Open, tokens: int = 2048) -> Tab:
    """A tab in the middle of an answer that does not end soon."""
    tab = open_tab("text-generation")
    tab.open("Options")
    write(tab.panel.get_by_label("number input for max_new_tokens"), str(tokens))
    tab.panel.get_by_label("Prompt").fill("Write a very long story about the sea.")
    tab.run()
    # gradio draws a bubble with dots before the run has begun.
    expect(tab.panel.locator(".message.bot").last).to_contain_text(re.compile(r"\w+ \w+ \w+"))
    return tab


def test_text_appears_as_it_is_written(open_tab: Open) -> None:
    tab = long_answer(open_tab)
    answer = tab.panel.locator(".message.bot")
    lengths: set[int] = set()
    while len(lengths) < 4 and not tab.status.locator(".done").is_visible():
        lengths.add(len(answer.inner_text()))
    assert len(lengths) == 4
    tab.button("Stop").click()


def test_a_new_chat_ends_the_answer_of_the_one_before(open_tab: Open) -> None:
    tab = long_answer(open_tab)
    tab.button("New chat").click()
    tab.status.get_by_text("Stopped").wait_for()
    tab.page.wait_for_timeout(1000)  # for what would come back
    expect(tab.panel.locator(".message")).to_have_count(0)
    expect(tab.button("Continue")).to_be_hidden()


def test_an_answer_is_asked_again_while_it_is_written(open_tab: Open) -> None:
    tab = long_answer(open_tab)
    tab.panel.get_by_label("Retry").click()
    tab.page.wait_for_timeout(1000)
    expect(tab.panel.locator(".block.queue")).to_be_hidden(timeout=1)
    expect(tab.button("Stop")).to_be_enabled()
    tab.button("Stop").click()
    tab.status.get_by_text("Stopped").wait_for()
    expect(tab.panel.locator(".message.user")).to_have_count(1)


def test_stop_ends_the_run(open_tab: Open) -> None:
    tab = long_answer(open_tab)
    tab.button("Stop").dispatch_event("click")
    expect(tab.status).to_have_text("Stopped.")
    text = tab.panel.locator(".message.bot").inner_text()
    tab.page.wait_for_timeout(1500)
    assert tab.panel.locator(".message.bot").inner_text() == text
    expect(tab.button("Run")).to_be_visible()
    expect(tab.button("Stop")).to_be_hidden()


def test_a_second_run_queues_and_says_so(open_tab: Open) -> None:
    tab = long_answer(open_tab)
    expect(tab.button("Run")).to_be_hidden()  # Stop stands in its place
    tab.panel.get_by_label("Prompt").fill("Write one of the land, too.")
    tab.panel.get_by_label("Prompt").press("Enter")
    expect(tab.panel.locator(".block.queue")).to_contain_text("1 run is before this one")
    tab.button("Stop").dispatch_event("click")
    expect(tab.status).to_have_text("Stopped.")


def test_summarization_makes_a_shorter_text(open_tab: Open) -> None:
    tab = open_tab("summarization")
    tab.example()
    text = tab.panel.get_by_label("Text", exact=True)
    expect(text).to_have_value(re.compile("Sourdough"))
    tab.run()
    tab.done()
    summary = tab.panel.locator("label", has_text="Summary").locator("textarea").input_value()
    assert 20 < len(summary) < len(text.input_value())


def test_zero_shot_takes_typed_labels(open_tab: Open) -> None:
    tab = open_tab("zero-shot-classification")
    tab.panel.get_by_label("Text", exact=True).fill("Stir the sauce until it thickens.")
    labels = tab.panel.get_by_label("Candidate labels")
    for label in ("politics", "cooking, at home", "sport"):
        labels.fill(label)
        labels.press("Enter")
    tab.run()
    tab.done()
    expect(tab.panel.locator("h2", has_text="cooking, at home")).to_be_visible()


def test_feature_extraction_compares_sentences(open_tab: Open) -> None:
    tab = open_tab("feature-extraction")
    tab.example()
    tab.run()
    tab.done()
    rows = tab.panel.locator(".cosines tr")
    expect(rows).to_have_count(4)
    cells = [float(cell) for cell in rows.nth(1).locator("td").all_inner_texts()]
    assert cells[0] == 1.0
    assert cells[1] > cells[2]


def test_image_classification_of_an_uploaded_picture(open_tab: Open) -> None:
    tab = open_tab("image-classification")
    tab.panel.locator("input[type=file]").first.set_input_files(ROOT / "assets/examples/cat.jpg")
    expect(tab.panel.locator(".image-frame img, .image-container img").first).to_be_visible()
    tab.run()
    tab.done()
    expect(tab.panel.get_by_test_id("label-output-value")).to_have_text("Egyptian cat")


def test_a_time_stamp_plays_from_there(open_tab: Open, tmp_path: Path) -> None:
    spoken = [soundfile.read(ROOT / f"assets/examples/{name}.mp3") for name in EXAMPLES]
    (first, rate), (second, _) = spoken
    apart = np.concatenate([first, np.zeros(6 * rate), second])
    soundfile.write(tmp_path / "two.wav", apart, rate)
    tab = open_tab("automatic-speech-recognition")
    tab.panel.get_by_label("Upload file").first.click()
    with tab.page.expect_response(lambda r: "/upload" in r.url):
        tab.panel.locator("input[type=file]").first.set_input_files(tmp_path / "two.wav")
    tab.panel.get_by_label("Play", exact=True).wait_for()
    tab.run()
    tab.done()
    assert (
        "weather"
        in tab.panel.locator("label", has_text="Transcript").locator("textarea").input_value()
    )
    stamps = tab.panel.get_by_role("button", name=re.compile("Play from"))
    stamps.nth(1).click()
    player = tab.panel.locator(".transcript audio")
    assert player.evaluate("player => player.currentTime") > 10


def test_audio_classification_names_the_language(open_tab: Open) -> None:
    tab = open_tab("audio-classification")
    tab.example()
    tab.run()
    tab.done()
    expect(tab.panel.locator("h2", has_text="English")).to_be_visible()


def test_text_to_speech_gives_a_player(open_tab: Open) -> None:
    tab = open_tab("text-to-speech")
    tab.panel.get_by_label("Text", exact=True).fill("Good morning, dear listeners.")
    tab.run()
    assert "real time" in tab.done()
    expect(tab.panel.get_by_label("Play", exact=True)).to_be_visible()


def test_a_photograph_gets_boxes_that_the_slider_thins_out(open_tab: Open) -> None:
    tab = open_tab("object-detection")
    tab.example()
    tab.run()
    assert "SSD MobileNet v2" in tab.done()
    box = tab.panel.locator(".found-picture [data-label=car]")
    expect(box.first).to_be_visible()
    line = tab.panel.locator(".found-things li button").first
    line.focus()
    expect(box.first).to_have_class("lit")
    line.press("Enter")
    expect(line).to_have_attribute("aria-pressed", "true")
    box.first.hover()
    expect(line).to_have_class("lit chosen")
    tab.panel.get_by_role("button", name=re.compile(r"^person \d$")).click()
    expect(box.first).to_be_hidden()
    expect(line).to_be_hidden()
    number = tab.panel.get_by_label("number input for Show boxes from this score on")
    number.fill("1")
    number.press("Tab")
    expect(box).to_have_count(0)
    number.fill("0.5")
    expect(box.first).to_be_visible()
    tab.panel.get_by_label("range slider for Show boxes from this score on").press("End")
    expect(box).to_have_count(0)


def test_a_photograph_gets_its_caption(open_tab: Open) -> None:
    tab = open_tab("image-to-text")
    tab.example()
    tab.run()
    tab.done()
    caption = tab.panel.locator("label", has_text="Caption").locator("textarea")
    expect(caption).to_have_value(re.compile("A car .* reads “NOTICE DOUBLE PARKING"))


def test_a_question_about_a_photograph_is_answered(open_tab: Open) -> None:
    tab = open_tab("image-text-to-text")
    tab.example()
    tab.run()
    tab.done()
    expect(tab.panel.locator(".message.bot")).to_contain_text("PARKING")


def test_a_question_that_the_starter_cannot_answer_offers_the_recommended_model(
    open_tab: Open,
) -> None:
    tab = open_tab("image-text-to-text")
    tab.example()
    tab.panel.get_by_label("Question").fill("Why may nobody park here?")
    tab.run()
    assert "only answers simple questions" in tab.done()
    expect(tab.panel.locator(".message.bot")).to_contain_text("I can only answer about")
    tab.button("Use SmolVLM 256M Instruct instead").click()
    expect(tab.panel.locator(".block.about-model")).to_contain_text("SmolVLM 256M")


def choose_scenes(tab: Tab, title: str) -> None:
    """Pick the tab's scene model."""
    tab.panel.get_by_label("Model", exact=True).click()
    tab.panel.get_by_role("option", name=re.compile(title)).click()


def test_a_scene_model_gets_scenes_and_says_what_it_does_not_know(open_tab: Open) -> None:
    tab = open_tab("image-text-to-text")
    expect(tab.button("New scene")).to_be_hidden()
    choose_scenes(tab, "Scene question answerer")
    tab.button("New scene").click()
    tab.open("The truth of this scene")
    expect(tab.panel.locator(".truth tr").first).to_be_visible()
    caption = tab.panel.locator(".truth p").first.inner_text()
    tab.panel.get_by_label("Question").fill("What colour is the background?")
    tab.run()
    tab.done()
    assert tab.panel.locator(".message.bot").inner_text().strip().lower() in caption
    tab.example()
    expect(tab.panel.locator(".block.truth")).to_be_hidden()
    tab.run()
    expect(tab.status).to_contain_text("only knows the scene world")


def test_a_sentence_is_judged(open_tab: Open) -> None:
    tab = open_tab("text-classification")
    tab.panel.get_by_label("Text", exact=True).fill("What a waste of money.")
    tab.run()
    assert "Sentiment" in tab.done()
    expect(tab.panel.get_by_test_id("label-output-value")).to_have_text("NEGATIVE")
    offered = tab.panel.get_by_role("button", name=re.compile("^A better model: DistilBERT SST-2"))
    expect(offered).to_be_visible()


def test_a_sentence_is_translated(open_tab: Open) -> None:
    tab = open_tab("translation")
    tab.example()
    tab.run()
    tab.done()
    made = tab.panel.locator("label", has_text="Translation").locator("textarea")
    expect(made).to_have_value("Un chien court le long de la plage.")


def test_a_text_far_from_the_starters_world_gets_the_note(open_tab: Open) -> None:
    tab = open_tab("translation")
    text = "The parliament adopted the resolution on agricultural subsidies."
    tab.panel.get_by_label("Text", exact=True).fill(text)
    tab.run()
    assert "knows short sentences about everyday scenes" in tab.done()
    tab.button("Use T5 small instead").wait_for()


def test_the_microphone_is_heard(open_tab: Open) -> None:
    tab = open_tab("automatic-speech-recognition")
    tab.panel.get_by_role("button", name="Record", exact=True).click()
    tab.page.wait_for_timeout(7000)
    tab.panel.get_by_role("button", name="Stop", exact=True).first.click()
    tab.panel.locator("#waveform, .waveform-container").first.wait_for()
    tab.run()
    tab.done()
    said = (
        tab.panel.locator("label", has_text="Transcript").locator("textarea").input_value().lower()
    )
    assert {"weather", "today"} & set(re.findall(r"\w+", said)), said


def test_the_webcam_is_seen(open_tab: Open) -> None:
    tab = open_tab("image-classification")
    tab.panel.get_by_label("Capture from camera").click()
    tab.panel.get_by_text("Click to Access Webcam").click()
    # A click before the first picture has come takes none.
    playing = "[...document.querySelectorAll('video')].some(v => v.videoWidth && v.currentTime > 0)"
    tab.page.wait_for_function(playing)
    tab.panel.get_by_label("capture photo").click()
    tab.panel.get_by_label("Remove Image").wait_for()
    tab.run()
    assert "EfficientNet" in tab.done()


def test_the_json_is_the_hubs_shape(open_tab: Open) -> None:
    tab = open_tab("zero-shot-classification")
    tab.example()
    tab.run()
    tab.done()
    tab.open("JSON, in the Hub's shape")
    shown = tab.panel.locator(".cm-content").first
    expect(shown).to_contain_text("score")
    result = json.loads("\n".join(shown.locator(".cm-line").all_inner_texts()))
    assert [set(one) for one in result] == [{"label", "score"}] * 3


def test_the_snippet_has_the_current_input_and_runs(open_tab: Open) -> None:
    tab = open_tab("zero-shot-classification")
    tab.example(1)
    tab.open("Use it from code")
    shown = tab.panel.locator(".cm-content").last
    expect(shown).to_contain_text("Transformers library")
    code = "\n".join(shown.locator(".cm-line").all_inner_texts())
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "education" in ran.stdout
    tab.panel.get_by_label("curl").check()
    expect(shown).to_contain_text("/gradio_api/call/v2/zero_shot_classification")


def test_the_open_snippet_follows_a_run(open_tab: Open) -> None:
    tab = open_tab("text-generation")
    tab.open("Use it from code")
    shown = tab.panel.locator(".cm-content").last
    expect(shown).to_contain_text("one sentence")  # the first example: nothing is typed yet
    tab.panel.get_by_label("Prompt").fill("Name a river.")
    tab.run()
    tab.done()
    expect(shown).to_contain_text("Name a river.")


def test_a_question_is_read_while_it_is_typed(open_tab: Open) -> None:
    tab = open_tab("text-generation")
    prompt = tab.panel.get_by_label("Prompt")
    prompt.fill("Name a river.")
    tab.run()
    tab.done()
    with tab.page.expect_response(
        lambda one: "predict" in one.url and "Name a lake." in (one.request.post_data or "")
    ) as read:
        prompt.fill("Name a lake.")
    assert read.value.ok
    expect(tab.panel.get_by_text("Name a lake.", exact=True)).to_have_count(0)
    tab.run()
    expect(tab.panel.get_by_text("Name a lake.", exact=True)).to_be_visible()
    tab.done()


def test_the_picker_lists_models_and_tells_about_them(open_tab: Open) -> None:
    tab = open_tab("translation")
    box = tab.panel.get_by_label("Model")
    box.click()
    expect(tab.page.get_by_role("option", name=re.compile("bundled|loaded")).first).to_be_visible()
    tab.page.get_by_role("option", name=re.compile("T5 small")).click()
    expect(box).to_have_value(re.compile("Apache-2.0 · .* · (downloadable|unreachable)$"))
    about = tab.panel.locator(".block.about-model")
    expect(about).to_contain_text("Apache-2.0")
    expect(about).to_contain_text("242 MB")


def test_an_open_explanation_is_of_the_newest_answer(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("text-classification")
    tab.open("Which words decided")
    expect(tab.panel.get_by_text("There is no answer yet")).to_be_visible()
    words = tab.panel.locator(".words .word")
    for text in ("A wonderful film", "A dreadful book"):
        tab.panel.get_by_label("Text", exact=True).fill(text)
        tab.run()
        expect(words).to_have_count(0)
        tab.button("Leave out each word").click()
        expect(words).to_have_text(text.split())
