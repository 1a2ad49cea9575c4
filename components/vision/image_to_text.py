"""The image-to-text tab: a picture in, a caption out, streamed."""

from components.examples import file
from components.results import StreamedText
from components.scene import new_scene
from components.tab import Tab

CAPTIONER = """
# transformers 5 has no image-to-text pipeline any more; this is what it did.
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

processor = AutoProcessor.from_pretrained("{model}")
model = AutoModelForImageTextToText.from_pretrained("{model}")
inputs = processor(images=Image.open({image}), return_tensors="pt")
made = model.generate(**inputs, max_new_tokens={max_new_tokens})
print(processor.decode(made[0], skip_special_tokens=True))
"""
ASKED = """
# A chat model is asked for a caption. SmolVLM's and Qwen's processors need torchvision.
from transformers import pipeline

pipe = pipeline("image-text-to-text", model="{model}")
ask = {"type": "text", "text": "Describe this picture in one sentence."}
chat = [{"role": "user", "content": [{"type": "image", "image": {image}}, ask]}]
print(pipe(text=chat, max_new_tokens={max_new_tokens}, return_full_text=False))
"""

TAB = Tab(
    task="image-to-text",
    view=lambda: StreamedText("generated_text", "Caption"),
    extra=new_scene,
    examples=[[file("parking.jpg")], [file("dogs.jpg")], [file("astronaut.jpg")]],
    transformers={"vl|llava": ASKED, "": CAPTIONER},
)
