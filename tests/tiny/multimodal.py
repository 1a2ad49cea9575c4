"""Tiny models that chat about pictures."""

from pathlib import Path

from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
)

from tests.tiny.registry import save, tiny
from tests.tiny.text import DECODER
from tests.tiny.tokenizers import chat_bpe

# As SmolVLM's: a message's content is a text, or a list of pictures and texts.
PICTURE_CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] | capitalize }}:"
    "{% if message['content'] is string %} {{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)


@tiny("idefics3", "image-text-to-text", "image-to-text")
def idefics3(folder: Path) -> None:
    tokenizer = chat_bpe(
        ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"),
        chat_template=None,
        model_max_length=512,
    )
    text = DECODER | {
        "model_type": "llama",
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 512,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "image_size": 32,
        "patch_size": 8,
    }
    config = Idefics3Config(
        text_config=text,
        vision_config=vision,
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
    )
    images = Idefics3ImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=False
    )
    processor = Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=PICTURE_CHAT)
    save(folder, Idefics3ForConditionalGeneration(config), processor)
