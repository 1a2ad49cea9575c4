"""The figures of lab 1 show what they were given, and a user's text stays text."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from components import drawings
from components.labs.families import attention_drawings, next_token_drawings, translation_drawings
from pipelines.labs.families import continuations, decoder, encoder_decoder
from pipelines.labs.families.attention import Array
from pipelines.labs.families.continuations import Branch
from pipelines.labs.families.decoder import Candidate, Surprise
from pipelines.labs.families.encoder_decoder import Beam, Beams
from tests.labs.conftest import Open

EVIL = '<img src=x onerror="alert(1)">{{7*7}}${1}`&\x00'
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?[\d.]+")
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
    titles = [one.text for one in heat.iter(f"{SVG}title")]
    assert len(titles) == 6
    assert titles[0] == "a → a: 1.000"
    assert len(list(lines.iter(f"{SVG}path"))) == 6


def test_a_square_stands_where_its_row_and_column_are_named() -> None:
    values = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.float32)
    (drawn,) = parsed(drawings.heat_map(values, ["r0", "r1"], ["c0", "c1", "c2"], "a map"))
    cell = drawings.CELL
    squares = {
        (int(one.get("x", "")) // cell, int(one.get("y", "")) // cell): one[0].text
        for one in drawn.iter(f"{SVG}rect")
    }
    assert squares == {
        (c, r): f"r{r} → c{c}: {values[r, c]:.3f}" for r in range(2) for c in range(3)
    }
    named = {one.text: one for one in drawn.iter(f"{SVG}text")}
    left, top = (float(one) for one in NUMBER.findall(drawn[-1].get("transform", "")))
    for r in range(2):
        below = float(named[f"r{r}"].get("y", "")) - top - r * cell
        assert 0 < below < cell
    for c in range(3):
        beside = float(named[f"c{c}"].get("x", "")) - left - c * cell
        assert 0 < beside < cell


def test_a_line_leads_from_a_word_to_the_one_it_looks_at() -> None:
    weights = np.array([[0, 0, 1], [0.7, 0.3, 0], [0, 0.99, 0.01]], np.float32)
    (drawn,) = parsed(attention_drawings.lines(weights, ["a", "b", "c"], "lines"))
    words = drawn.findall(f".//{SVG}g[@aria-label]")
    assert [one.get("aria-label") for one in words] == [
        "a looks most at c, 1.00",
        "b looks most at a, 0.70",
        "c looks most at b, 0.99",
    ]
    led = [
        (int(places[1]) // drawings.CELL, int(places[-1]) // drawings.CELL, path["stroke-opacity"])
        for word in words
        for path in (one.attrib for one in word.iter(f"{SVG}path"))
        for places in [NUMBER.findall(path["d"])]
    ]  # one of 0.01 is not to be seen
    assert led == [(0, 2, "1.00"), (1, 0, "0.70"), (1, 1, "0.30"), (2, 1, "0.99")]


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
    assert re.findall(r'<([ub]) style="width:([\d.]+)%">', drawn) == [
        ("u", "60.0"),  # the model's own, as an outline
        ("b", "100.0"),
        ("u", "40.0"),
        ("b", "0.0"),
    ]


def test_a_token_is_as_dark_as_it_was_surprising() -> None:
    told = [
        Surprise(1, "The", None, None),
        Surprise(2, " lion", 3.0, 7),
        Surprise(3, " sleeps", 99.0, 500),
    ]
    drawn = next_token_drawings.surprises(told, 12.34)
    assert re.findall(r'--v:([\d.]+)" title="(.*?)">(.*?)<', drawn) == [
        ("0.25", "3.0 bits, number 7 of the likeliest", " lion"),
        ("1.00", "99.0 bits, number 500 of the likeliest", " sleeps"),
    ]
    assert "Perplexity 12.3" in drawn


def test_the_tree_has_every_branch_with_its_whole_path(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("gpt2")
    ids = decoder.read_prompt(model, tokenizer, "The lion").ids
    grown = continuations.tree(model, tokenizer, decoder.look(model, tokenizer, ids), 2, 2)
    (drawn,) = parsed(next_token_drawings.tree(grown))
    taken = [one.get("data-take") for one in drawn.iter() if one.get("data-take")]
    leaf = grown[0].branches[1]
    assert len(taken) == 6
    assert f"{grown[0].id},{leaf.id}" in taken


def test_a_branch_hangs_on_the_one_before_it() -> None:
    leaves = (Branch(3, "c", 0.5, 0.3), Branch(4, "d", 0.5, 0.3))
    grown = (Branch(1, "a", 0.4, 0.4), Branch(2, "b", 0.6, 0.6, leaves))
    (drawn,) = parsed(next_token_drawings.tree(grown))
    at = {(one.text or "").strip(): float(one.get("y", "")) - 4 for one in drawn.iter(f"{SVG}text")}
    assert at["a"] < at["c"] < at["b"] < at["d"]
    lines = [NUMBER.findall(one.get("d", "")) for one in drawn.iter(f"{SVG}path")]
    ends = [float(one[place]) for one in lines for place in (1, -1)]
    assert ends == pytest.approx([at["b"], at["c"], at["b"], at["d"]], abs=1)


def test_a_beam_is_linked_to_the_one_it_goes_on_from_and_the_best_is_bold() -> None:
    nodes = (
        Beam(1, -1, 1, "a", -1.0, False, False),
        Beam(1, -1, 2, "b", -2.0, False, True),
        Beam(2, 1, 3, "c", -2.5, True, True),
        Beam(2, 0, 4, "d", -3.0, True, False),
    )
    drawn = translation_drawings.beams(Beams(nodes, (("b c", -1.25), ("a d", -1.5))), "a d")
    (picture,) = parsed(drawn)
    words = {(one.text or "")[0]: one for one in picture.iter(f"{SVG}text")}
    at = {name: (float(one.get("x", "")), float(one.get("y", ""))) for name, one in words.items()}
    assert at["a"][0] == at["b"][0] < at["c"][0] == at["d"][0]
    assert at["a"][1] == at["c"][1] < at["b"][1] == at["d"][1]
    lines = [NUMBER.findall(one.get("d", "")) for one in picture.iter(f"{SVG}path")]
    assert [(float(one[1]) + 4, float(one[-1]) + 4) for one in lines] == [
        (at["b"][1], at["c"][1]),
        (at["a"][1], at["d"][1]),
    ]
    assert all(at["a"][0] < float(x) < at["c"][0] for line in lines for x in (line[0], line[-2]))
    assert {name for name, one in words.items() if one.get("font-weight")} == {"b", "c"}
    assert re.findall(r"<(?:dd|li)>([^<]+)", drawn) == ["a d", "b c ", "a d "]


def test_every_beam_is_drawn_and_the_step_named(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("marian")
    made = encoder_decoder.translate(model, tokenizer, "The lion", max_new_tokens=5)
    found = encoder_decoder.beam_search(model, tokenizer, "The lion", 3, max_new_tokens=5)
    (drawn,) = parsed(translation_drawings.beams(found, made.text))
    words = list(drawn.iter(f"{SVG}text"))
    assert len(words) == len(found.nodes)
    shown = translation_drawings.step_figure(made, 2, made.steps[1].cross.mean((0, 1)))
    assert f"Step 2 of {len(made.steps)}" in shown
