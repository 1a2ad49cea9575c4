"""Each tiny model loads through the Auto classes of its family and gives one answer."""

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from tests.tiny import TINY, build, families
from tests.tiny.missing import MISSING
from tests.tiny.token_heads import HEADS

pytestmark = pytest.mark.slow

TEXT = "How many apples are there on the table?"
SOUND = np.sin(np.arange(16_000) * 0.05).astype(np.float32)
PICTURE = Image.fromarray((np.arange(64 * 80 * 3) % 251).astype(np.uint8).reshape(64, 80, 3))

TASKS = {
    *("text-generation", "text-classification", "summarization", "translation"),
    *("zero-shot-classification", "feature-extraction", "image-classification"),
    *("object-detection", "image-to-text", "automatic-speech-recognition"),
    *("audio-classification", "text-to-speech", "image-text-to-text"),
    *("fill-mask", "token-classification", "question-answering"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folders: dict[str, Path] = {}

    def get(name: str) -> Path:
        if name not in folders:
            folders[name] = build(name, tmp_path_factory.mktemp(name))
        return folders[name]

    return get


def model_of(auto: str, folder: Path) -> Any:
    return getattr(transformers, auto).from_pretrained(folder).eval()


def run_text(folder: Path, auto: str) -> Any:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return model_of(auto, folder)(
        **tokenizer([TEXT, TEXT + TEXT], padding=True, return_tensors="pt")
    )


def run_generate(folder: Path, auto: str) -> Any:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer(TEXT, return_tensors="pt", return_token_type_ids=False)
    made = model_of(auto, folder).generate(**inputs, max_new_tokens=5, do_sample=False)
    assert isinstance(tokenizer.batch_decode(made, skip_special_tokens=True)[0], str)
    return made


def run_picture(folder: Path, auto: str) -> Any:
    images = transformers.AutoImageProcessor.from_pretrained(folder)
    return model_of(auto, folder)(**images(PICTURE, return_tensors="pt"))


def run_caption(folder: Path, auto: str) -> Any:
    images = transformers.AutoImageProcessor.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    pixels = images(PICTURE, return_tensors="pt")["pixel_values"]
    made = model_of(auto, folder).generate(pixel_values=pixels, max_new_tokens=5)
    assert isinstance(tokenizer.batch_decode(made, skip_special_tokens=True)[0], str)
    return made


def run_sound(folder: Path, auto: str) -> Any:
    features = transformers.AutoFeatureExtractor.from_pretrained(folder)
    inputs = features(SOUND, sampling_rate=features.sampling_rate, return_tensors="pt")
    return model_of(auto, folder)(**inputs)


def run_transcription(folder: Path, auto: str) -> Any:
    processor = transformers.AutoProcessor.from_pretrained(folder)
    rate = processor.feature_extractor.sampling_rate
    inputs = processor(SOUND, sampling_rate=rate, return_tensors="pt")
    made = model_of(auto, folder).generate(**inputs, max_new_tokens=5)
    assert isinstance(processor.batch_decode(made, skip_special_tokens=True)[0], str)
    return made


def run_picture_chat(folder: Path, auto: str) -> Any:
    processor = transformers.AutoProcessor.from_pretrained(folder)
    content = [{"type": "image"}, {"type": "text", "text": TEXT}]
    prompt = "<image>caption en"  # PaliGemma takes a prefix, it has no chat template
    if processor.chat_template:
        chat = [{"role": "user", "content": content}]
        prompt = processor.apply_chat_template(chat, add_generation_prompt=True)
    inputs = processor(text=prompt, images=[PICTURE], return_tensors="pt")
    made = model_of(auto, folder).generate(**inputs, max_new_tokens=5, do_sample=False)
    assert isinstance(processor.batch_decode(made, skip_special_tokens=True)[0], str)
    return made


RUNS: dict[str, tuple[Callable[[Path, str], Any], str]] = {
    "bert-sequence-classification": (run_text, "AutoModelForSequenceClassification"),
    "bert-multi-label": (run_text, "AutoModelForSequenceClassification"),
    "bert-regression": (run_text, "AutoModelForSequenceClassification"),
    "bert-nli": (run_text, "AutoModelForSequenceClassification"),
    "bert-two-label-nli": (run_text, "AutoModelForSequenceClassification"),
    "bert-encoder": (run_text, "AutoModel"),
    "sentence-bert-cls": (run_text, "AutoModel"),
    "sentence-bert-dense": (run_text, "AutoModel"),
    "gpt2": (run_generate, "AutoModelForCausalLM"),
    "llama-chat": (run_generate, "AutoModelForCausalLM"),
    "t5": (run_generate, "AutoModelForSeq2SeqLM"),
    "marian": (run_generate, "AutoModelForSeq2SeqLM"),
    "marian-spm": (run_generate, "AutoModelForSeq2SeqLM"),
    "bart": (run_generate, "AutoModelForSeq2SeqLM"),
    "vit": (run_picture, "AutoModelForImageClassification"),
    "yolos": (run_picture, "AutoModelForObjectDetection"),
    "detr": (run_picture, "AutoModelForObjectDetection"),
    "vision-encoder-decoder": (run_caption, "AutoModelForImageTextToText"),
    "blip": (run_caption, "AutoModelForImageTextToText"),
    "wav2vec2-ctc": (run_sound, "AutoModelForCTC"),
    "wav2vec2-sequence-classification": (run_sound, "AutoModelForAudioClassification"),
    "vits": (run_text, "AutoModelForTextToWaveform"),
    "llava": (run_picture_chat, "AutoModelForImageTextToText"),
    "paligemma": (run_picture_chat, "AutoModelForImageTextToText"),
    "gemma3": (run_picture_chat, "AutoModelForImageTextToText"),
    "idefics3": (run_picture_chat, "AutoModelForImageTextToText"),
    "distilbert": (run_text, "AutoModelForSequenceClassification"),
    "roberta": (run_text, "AutoModelForSequenceClassification"),
    "modernbert": (run_text, "AutoModelForSequenceClassification"),
    "modernbert-nli": (run_text, "AutoModelForSequenceClassification"),
    "deberta-v2": (run_text, "AutoModelForSequenceClassification"),
    "deberta-v2-nli": (run_text, "AutoModelForSequenceClassification"),
    "bart-nli": (run_text, "AutoModelForSequenceClassification"),
    "qwen2": (run_generate, "AutoModelForCausalLM"),
    "qwen3": (run_generate, "AutoModelForCausalLM"),
    "gemma3-text": (run_generate, "AutoModelForCausalLM"),
    "smollm3": (run_generate, "AutoModelForCausalLM"),
    "phi": (run_generate, "AutoModelForCausalLM"),
    "phi3": (run_generate, "AutoModelForCausalLM"),
    "pegasus": (run_generate, "AutoModelForSeq2SeqLM"),
    "nllb": (run_generate, "AutoModelForSeq2SeqLM"),
    "mbart50": (run_generate, "AutoModelForSeq2SeqLM"),
    "deit": (run_picture, "AutoModelForImageClassification"),
    "swin": (run_picture, "AutoModelForImageClassification"),
    "convnext": (run_picture, "AutoModelForImageClassification"),
    "resnet": (run_picture, "AutoModelForImageClassification"),
    "mobilevit": (run_picture, "AutoModelForImageClassification"),
    "efficientnet": (run_picture, "AutoModelForImageClassification"),
    "conditional-detr": (run_picture, "AutoModelForObjectDetection"),
    "rt-detr": (run_picture, "AutoModelForObjectDetection"),
    "rt-detr-v2": (run_picture, "AutoModelForObjectDetection"),
    "git": (run_caption, "AutoModelForImageTextToText"),
    "trocr": (run_caption, "AutoModelForImageTextToText"),
    "hubert-ctc": (run_sound, "AutoModelForCTC"),
    "hubert-sequence-classification": (run_sound, "AutoModelForAudioClassification"),
    "ast": (run_sound, "AutoModelForAudioClassification"),
    "whisper-encoder": (run_sound, "AutoModelForAudioClassification"),
    "whisper": (run_transcription, "AutoModelForSpeechSeq2Seq"),
    "moonshine": (run_transcription, "AutoModelForSpeechSeq2Seq"),
}


for _task, _head in HEADS.items():
    RUNS |= dict.fromkeys(families(_task), (run_text, f"AutoModelFor{_head}"))


# Families whose processors transformers cannot make here alone are run in test_families.py.
@pytest.mark.parametrize("name", RUNS)
def test_a_tiny_model_is_built_loaded_and_run(name: str, built: Callable[[str], Path]) -> None:
    run, auto = RUNS[name]
    with torch.no_grad():
        answer = run(built(name), auto)
    if isinstance(answer, torch.Tensor):
        assert answer.shape[0] == 1
        assert answer.shape[1] >= 1
    else:
        tensors = [value for value in answer.values() if isinstance(value, torch.Tensor)]
        assert tensors
        assert all(torch.isfinite(tensor).all() for tensor in tensors)


def test_every_task_has_a_tiny_model() -> None:
    assert {task: families(task) for task in TASKS if not families(task)} == {}
    assert {task for entry in TINY.values() for task in entry.tasks} <= TASKS


@pytest.mark.parametrize("name", ["bert-encoder", "gpt2", "t5", "vit"])
def test_a_tiny_model_is_the_same_each_time_and_made_quickly(name: str, tmp_path: Path) -> None:
    start = time.process_time()
    one, two = build(name, tmp_path / "one"), build(name, tmp_path / "two")
    assert time.process_time() - start < 4
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes(), path.name


def test_a_chat_model_has_a_template_and_a_base_model_has_none(
    built: Callable[[str], Path],
) -> None:
    load = transformers.AutoTokenizer.from_pretrained
    chat = [{"role": "user", "content": "Hello"}]
    text = load(built("llama-chat")).apply_chat_template(
        chat, tokenize=False, add_generation_prompt=True
    )
    assert text == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    assert load(built("gpt2")).chat_template is None


def test_letters_come_back_from_the_tokenizers(built: Callable[[str], Path]) -> None:
    for name in ("bert-encoder", "gpt2", "t5", "marian", "bart"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(built(name))
        ids = tokenizer("the lion sleeps under an old tree")["input_ids"]
        assert tokenizer.unk_token_id not in ids
        said = tokenizer.decode(ids, skip_special_tokens=True)
        assert said == "the lion sleeps under an old tree", name


@pytest.mark.parametrize("name", MISSING)
def test_a_family_without_its_part_says_which_part(name: str) -> None:
    missing = MISSING[name]
    if importlib.util.find_spec(missing.part):
        pytest.skip(f"{missing.part} is installed here")
    with pytest.raises(ImportError, match=rf"(?i){missing.part}"):
        getattr(transformers, missing.asked_by)()
