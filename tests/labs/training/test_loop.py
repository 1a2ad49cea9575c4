"""A tiny run of lab 2 from its first event to its last, stopped and gone on from."""

import json
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from pipelines.errors import InputError
from pipelines.labs.training import batches, datasets, metrics, train, village
from pipelines.labs.training.loop import Interrupted, Training, new_model, schedule
from pipelines.labs.training.recipe import Recipe, parameters, predict
from pipelines.labs.training.village import Instruction


@pytest.fixture(scope="module")
def few() -> datasets.Dataset:
    """Enough text for a tiny run."""
    tuning, unseen = village.instructions()
    text = village.text(stories=300)
    return datasets.Dataset(text, village.text(1, 30), tuning[:40], unseen[:10])


def stones(few: datasets.Dataset) -> datasets.Dataset:
    """A learner's own instructions, which even the smallest model can learn to answer."""
    mine = [{"instruction": f"What is thing {n}?", "answer": "a stone"} for n in range(20)]
    return datasets.of_learner(few.text, "\n".join(json.dumps(one) for one in mine))


def easily(recipe: Recipe) -> Recipe:
    """Enough steps for that."""
    return replace(recipe, pretraining_steps=5, tuning_steps=150, tuning_learning_rate=0.004)


def answer(model: Any, tokenizer: Any, instruction: str) -> str:
    """The model's greedy answer to an instruction."""
    ids = torch.tensor([batches.prompt_ids(tokenizer, instruction)])
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False
    )
    return str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)).strip()


def _losses(events: Iterable[dict[str, Any]]) -> list[tuple[str, int, float]]:
    return [(e["phase"], e["step"], e["loss"]) for e in events if e["event"] == "step"]


@pytest.mark.slow
def test_a_run_leaves_three_models_that_transformers_opens(
    tmp_path: Path, small: Recipe, few: datasets.Dataset
) -> None:
    events = list(Training(tmp_path, small, few, sample_seconds=0.2).events())
    assert events[-1]["event"] == "done"
    kinds = {event["event"] for event in events}
    assert kinds >= {"tokenizer", "model", "phase", "step", "held_out", "exact", "sample", "saved"}
    json.dumps(events)
    held_out = [e["perplexity"] for e in events if e["event"] == "held_out"]
    assert held_out[-1] < held_out[0]
    for stage in ("random", "pretrained", "tuned"):
        model = AutoModelForCausalLM.from_pretrained(tmp_path / stage)
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / stage)
        assert model.num_parameters() == parameters(small)
        begins = tokenizer.convert_ids_to_tokens(tokenizer("The")["input_ids"])[0]
        assert begins.startswith("Ġ") == (stage != "tuned")
        assert tokenizer.chat_template == (batches.CHAT_TEMPLATE if stage == "tuned" else None)
        assert (tmp_path / stage / "model.safetensors").exists()


@pytest.mark.slow
@pytest.mark.parametrize("at", [5, 15])
def test_a_paused_run_goes_on_exactly_as_if_it_had_not_paused(
    tmp_path: Path, small: Recipe, few: datasets.Dataset, at: int
) -> None:
    whole = _losses(Training(tmp_path / "a", small, few).events())
    asked = iter(range(1000))
    first = Training(
        tmp_path / "b", small, few, control=lambda: "pause" if next(asked) == at else "go"
    )
    events: list[dict[str, Any]] = []
    with pytest.raises(Interrupted):
        events.extend(first.events())
    events += Training(tmp_path / "b", small, few).events()
    assert [step[:2] for step in _losses(events)] == [step[:2] for step in whole]
    assert [s[2] for s in _losses(events)] == pytest.approx([s[2] for s in whole], rel=1e-4)


@pytest.mark.slow
def test_the_loss_counts_answers_only_as_the_chat_template_marks_them(
    few: datasets.Dataset,
) -> None:
    tokenizer = batches.train_tokenizer(few.text, 400, 64)
    one = Instruction("Where does Ada live?", "the old mill")
    rows = batches.instruction_rows(tokenizer, [one, *few.instructions[:3]], 64)
    ids, mask, labels = batches.padded(rows, tokenizer.pad_token_id)
    chat = [
        {"role": "user", "content": one.instruction},
        {"role": "assistant", "content": one.answer},
    ]
    theirs = tokenizer.apply_chat_template(
        chat, return_dict=True, return_assistant_tokens_mask=True
    )
    length = len(theirs["input_ids"])
    assert ids[0, :length].tolist() == theirs["input_ids"]
    counted = (labels[0] != batches.IGNORED).long().tolist()
    assert counted[:length] == theirs["assistant_masks"]
    assert not any(counted[length:])
    assert mask[0].sum() == length
    logits = torch.randn(*ids.shape, len(tokenizer), requires_grad=True)
    metrics.answer_loss(logits, labels).backward()
    assert logits.grad is not None
    touched = logits.grad.abs().sum(-1) > 0
    assert torch.equal(touched[:, :-1], labels[:, 1:] != batches.IGNORED)


@pytest.mark.slow
def test_exact_answers_are_what_greedy_generation_gives(
    tmp_path: Path, small: Recipe, few: datasets.Dataset
) -> None:
    list(Training(tmp_path, easily(small), stones(few)).events())
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "tuned")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "tuned")
    said = [answer(model, tokenizer, one.instruction) for one in few.instructions]
    asked = [Instruction(o.instruction, a) for o, a in zip(few.instructions, said, strict=True)]
    ended = [a for a in asked if a.answer and len(batches.answer_ids(tokenizer, a.answer)) < 8]
    rows = batches.instruction_rows(tokenizer, ended, 32)
    assert rows
    right, _ = metrics.exact_answers(model, rows, tokenizer.pad_token_id, 3)
    assert right == len(rows)
    wrong = [Instruction(one.instruction, "purple purple purple") for one in few.instructions[:8]]
    rows = batches.instruction_rows(tokenizer, wrong, 32)
    assert metrics.exact_answers(model, rows, tokenizer.pad_token_id, 3)[0] == 0


@pytest.mark.slow
def test_measuring_puts_no_more_through_at_once_than_a_step_does(
    tmp_path: Path, small: Recipe, few: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def seen(self: Any, input_ids: torch.Tensor, **rest: Any) -> Any:
        sizes.append(len(input_ids))
        return forward(self, input_ids=input_ids, **rest)

    forward = LlamaForCausalLM.forward
    monkeypatch.setattr(LlamaForCausalLM, "forward", seen)
    recipe = replace(small, batch_size=1, pretraining_steps=10, tuning_steps=1)
    kinds = [event["event"] for event in Training(tmp_path, recipe, few).events()]
    assert {"held_out", "exact"} <= set(kinds)
    assert max(sizes) == 1


@pytest.mark.slow
def test_measures_in_slices_are_those_of_one_pass(small: Recipe, few: datasets.Dataset) -> None:
    tokenizer = batches.train_tokenizer(few.text, 400, 64)
    model = new_model(small, tokenizer).eval()
    windows = batches.text_batch(batches.encode_text(tokenizer, few.text), 32, 32, 0, 0)
    whole = metrics.held_out_loss(model, windows, 32)
    assert metrics.held_out_loss(model, windows, 5) == pytest.approx(whole, rel=1e-5)
    rows = batches.instruction_rows(tokenizer, few.instructions, 64)
    pad = tokenizer.pad_token_id
    right, loss = metrics.exact_answers(model, rows, pad, len(rows))
    again, loss_again = metrics.exact_answers(model, rows, pad, 3)
    assert again == right
    assert loss_again == pytest.approx(loss, rel=1e-5)


@pytest.mark.slow
def test_a_text_without_spaces_is_sampled_from_a_short_prompt(
    tmp_path: Path, small: Recipe, few: datasets.Dataset
) -> None:
    letters = "".join(random.Random(0).choices("abcdefgh", k=20_000))
    given = replace(few, text=letters, held_out_text=letters[-1000:])
    events = list(Training(tmp_path, small, given).events())
    assert events[-1]["event"] == "done"
    prompts = {e["phase"]: e["prompt"] for e in events if e["event"] == "sample"}
    assert prompts["pretraining"] == " " + letters[:24]
    asked = [one.instruction for one in few.held_out_instructions]
    assert prompts["tuning"] in [f"{batches.USER}: {one}{batches.ASSISTANT}:" for one in asked]


def _samples(events: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(e["phase"], e["step"]) for e in events if e["event"] == "sample"]


@pytest.mark.slow
def test_samples_come_as_often_as_asked_and_at_both_ends(
    tmp_path: Path, small: Recipe, few: datasets.Dataset
) -> None:
    small = replace(small, pretraining_steps=3, tuning_steps=2)
    ends = [("pretraining", 0), ("pretraining", 3), ("tuning", 0), ("tuning", 2)]
    between = [("pretraining", 1), ("pretraining", 2), ("tuning", 1)]
    often = Training(tmp_path / "often", small, few, sample_seconds=0.0)
    assert sorted(_samples(often.events())) == sorted(ends + between)
    seldom = Training(tmp_path / "seldom", small, few, sample_seconds=3600.0)
    assert _samples(seldom.events()) == ends


@pytest.mark.slow
def test_a_learners_own_instructions_are_tuned_on_and_asked_at_the_end(
    tmp_path: Path, small: Recipe, few: datasets.Dataset
) -> None:
    given = stones(few)
    events = list(Training(tmp_path, easily(small), given).events())
    exact = [event for event in events if event["event"] == "exact"]
    assert exact[0]["right"] == 0
    assert exact[-1]["right"] == exact[-1]["of"] == len(given.held_out_instructions) > 0
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "tuned")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "tuned")
    assert answer(model, tokenizer, "What is thing 3?") == "a stone"


def test_held_out_facts_are_told_but_never_asked() -> None:
    text, (tuning, unseen) = village.text(), village.instructions()
    assert village.text() == text
    asked = {one.instruction for one in tuning}
    assert all(one.instruction not in asked and one.instruction not in text for one in unseen)
    assert all(one.answer in text for one in unseen)


def test_broken_lines_of_jsonl_are_named() -> None:
    good = '{"instruction": "a?", "answer": "b"}\n'
    data = good * 9 + "{broken\n" + good + '{"instruction": "a?"}\n[1]\n'
    with pytest.raises(InputError) as told:
        datasets.read_instructions(data)
    for words in ("line 10: not JSON", 'line 12: "answer" is missing', "line 13: not an object"):
        assert words in str(told.value)
    with pytest.raises(InputError, match="line 9: nested too deeply"):
        datasets.read_instructions(good * 8 + "[" * 100_000)
    with pytest.raises(InputError, match="line 9: more than 200,000 values"):
        datasets.read_instructions(good * 8 + f"[{'[],' * 250_000}[]]")
    with pytest.raises(InputError, match="least"):
        datasets.read_instructions(good)
    assert len(datasets.read_instructions("\ufeff".encode() + (good * 8 + "\n").encode())) == 8


def test_a_line_may_be_a_conversation_of_one_turn() -> None:
    turns = '{"role": "user", "content": "a?"}, {"role": "assistant", "content": "b"}'
    data = f'{{"messages": [{turns}]}}\n' * 8
    assert set(datasets.read_instructions(data)) == {Instruction("a?", "b")}
    bad = f'{{"messages": [{turns}, {turns}]}}\n{{"messages": 7}}\n'
    with pytest.raises(InputError, match=r"line 9: .* one turn .* line 10: .* list"):
        datasets.read_instructions(data + bad)


def test_a_question_given_twice_is_not_both_tuned_on_and_held_out() -> None:
    lines = [f'{{"instruction": "{n}?", "answer": "b"}}' for n in range(20)]
    given = datasets.of_learner(None, "\n".join(lines * 3))
    tuned, kept = given.instructions, given.held_out_instructions
    assert len(tuned) + len(kept) == 20
    assert not {one.instruction for one in tuned} & {one.instruction for one in kept}
    with pytest.raises(InputError, match="1 different questions"):
        datasets.of_learner(None, "\n".join(lines[:1] * 20))
    twice = tuple(Instruction(f"{n % 10}?", str(n)) for n in range(20))
    assert datasets.once_each(twice) == list(twice[:10])


def test_what_is_held_out_of_a_text_begins_with_a_line() -> None:
    lines = [f"This is line {n} of a text that somebody has written." for n in range(500)]
    given = datasets.of_learner("\n".join(lines), None)
    assert [*given.text.split("\n"), *given.held_out_text.split("\n")] == lines
    assert 0.03 < len(given.held_out_text) / len("\n".join(lines)) < 0.06


def test_the_learning_rate_rises_to_its_peak_and_falls() -> None:
    rates = [schedule(step, 100) for step in range(100)]
    assert (rates[0], rates[9], rates[10]) == (0.1, 1.0, 1.0)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == 0.02


def test_each_step_has_windows_of_its_own_and_an_epoch_every_row_once() -> None:
    ids = torch.arange(1000)
    windows = [batches.text_batch(ids, 4, 8, 0, step) for step in (1, 1, 2)]
    assert torch.equal(windows[0], windows[1])
    assert not torch.equal(windows[0], windows[2])
    rows = [([n], [n]) for n in range(12)]
    for epoch in range(2):
        steps = range(3 * epoch, 3 * epoch + 3)
        seen = [batches.instruction_batch(rows, 4, 0, 0, step)[0][:, 0] for step in steps]
        assert sorted(torch.cat(seen).tolist()) == list(range(12))


def test_a_log_goes_on_from_where_its_checkpoint_was_written(tmp_path: Path) -> None:
    log = train.EventLog(tmp_path / "events", 0)
    log.write({"event": "step", "step": 1})
    kept = log.tell()
    log.write({"event": "step", "step": 2})
    log.close()
    again = train.EventLog(tmp_path / "events", kept)
    again.write({"event": "step", "step": 3})
    again.close()
    lines = (tmp_path / "events").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 3]


@pytest.mark.slow
def test_rows_that_do_not_fit_the_context_are_counted(
    tmp_path: Path, small: Recipe, few: datasets.Dataset
) -> None:
    long = Instruction("Where " * 40 + "?", "here")
    given = replace(
        few,
        instructions=(long, *few.instructions),
        held_out_instructions=(long, *few.held_out_instructions),
    )
    recipe = replace(small, context=64, pretraining_steps=10, tuning_steps=1)
    events = list(Training(tmp_path, recipe, given).events())
    assert [e["instructions"] for e in events if e["event"] == "left_out"] == [2]


@pytest.mark.parametrize("text", ["", "  \n", "too short", b"\xff\xfe" * 9000])
def test_a_text_that_cannot_be_learnt_from_is_refused(text: str | bytes) -> None:
    with pytest.raises(InputError):
        datasets.read_text(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layers": 0}, "layers is 0"),
        ({"hidden_size": 100, "num_attention_heads": 16}, "16 heads"),
        ({"batch_size": 128, "context": 512, "layers": 12, "hidden_size": 768}, "GiB of memory"),
        ({"pretraining_steps": 5000, "hidden_size": 512, "layers": 8}, "minutes"),
        ({"learning_rate": 0.2}, "learning_rate must be"),
        ({"tuning_learning_rate": 0}, "tuning_learning_rate must be"),
    ],
)
def test_a_recipe_that_costs_too_much_is_refused_with_the_figure(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        Recipe(**changes).check()


@pytest.mark.slow
def test_the_command_line_trains_to_the_end(
    tmp_path: Path, small: Recipe, few: datasets.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "mine.txt"
    text.write_text(few.text[:60_000])
    options = [f"--{k.replace('_', '-')}={v}" for k, v in small.to_json().items()]
    run = ["--run", str(tmp_path / "run"), "--text", str(text), *options]
    assert train.main(run) == train.DONE
    told = capsys.readouterr()
    assert "parameters" in told.out
    total = small.pretraining_steps + small.tuning_steps
    assert "tuning loss" in told.err  # the progress bar, with its phase
    assert f"{total}/{total}" in told.err
    assert (tmp_path / "run" / "tuned" / "model.safetensors").exists()
    assert predict(small).parameters == parameters(small)
