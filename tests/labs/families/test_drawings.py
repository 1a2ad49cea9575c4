"""The figures of lab 1 show what they were given, and a user's text stays text."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from components.labs import drawings
from components.labs.families import attention_drawings, next_token_drawings, translation_drawings
from pipelines.labs.families import continuations, decoder, encoder_decoder
from pipelines.labs.families.attention import Array
from pipelines.labs.families.decoder import Candidate
from tests.labs.conftest import Open

EVIL = '<img src=x onerror="alert(1)">{{7*7}}${1}`&\x00'
TRIANGLE: Array = np.array([[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]], np.float32)


def parsed(html: str) -> list[ET.Element]:
    """The SVGs in some HTML; well-formed, as a saved file has to be."""
    found = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    return [ET.fromstring(one) for one in found]


def test_a_text_is_safe_in_html_and_in_gradios_templates() -> None:
    for made in (drawings.safe(EVIL), drawings.short(EVIL), drawings.visible(EVIL)):
        assert not set('<>"{}$`') & set(made)


def test_a_heat_map_has_a_square_for_each_pair_and_strikes_out_what_is_not_seen() -> None:
    tokens = ["a", EVIL, "日本"]
    drawn = attention_drawings.attention(TRIANGLE, tokens, 1, 1, causal=True)
    heat, lines = parsed(drawn)
    titles = [one.text for one in heat.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 6
    assert titles[0] == "a → a: 1.000"
    assert len(list(lines.iter("{http://www.w3.org/2000/svg}path"))) == 6


def test_the_sides_add_up_and_a_triangle_has_no_right_side() -> None:
    left, itself, right = attention_drawings.sides(TRIANGLE)
    assert left == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert itself == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert right == pytest.approx(0, abs=1e-6)


def test_a_bar_that_the_sliders_cut_away_stays_in_its_place_and_can_be_taken() -> None:
    drawn = next_token_drawings.candidate_bars(
        [Candidate(7, " one", 1.0, 0.6), Candidate(8, EVIL, 0.0, 0.4)]
    )
    assert re.findall(r'data-take="(\d+)"', drawn) == ["7", "8"]
    assert drawn.count("lab-take out") == 1
    assert "<img" not in drawn


def test_the_tree_has_every_branch_with_its_whole_path(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("gpt2")
    ids = decoder.read_prompt(model, tokenizer, "The lion").ids
    grown = continuations.tree(model, tokenizer, decoder.look(model, tokenizer, ids), 2, 2)
    (drawn,) = parsed(next_token_drawings.tree(grown))
    taken = [one.get("data-take") for one in drawn.iter() if one.get("data-take")]
    leaf = grown[0].branches[1]
    assert len(taken) == 6
    assert f"{grown[0].id},{leaf.id}" in taken


def test_every_beam_is_drawn_and_the_step_named(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("marian")
    made = encoder_decoder.translate(model, tokenizer, "The lion", max_new_tokens=5)
    found = encoder_decoder.beam_search(model, tokenizer, "The lion", 3, max_new_tokens=5)
    (drawn,) = parsed(translation_drawings.beams(found, made.text))
    words = list(drawn.iter("{http://www.w3.org/2000/svg}text"))
    assert len(words) == len(found.nodes)
    shown = translation_drawings.step_figure(made, 2, made.steps[1].cross.mean((0, 1)))
    assert f"Step 2 of {len(made.steps)}" in shown
