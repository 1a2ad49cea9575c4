"""The image-to-text tab: a picture in, a caption out, streamed."""

from components.examples import file
from components.results import StreamedText
from components.scene import new_scene
from components.tab import Tab

TAB = Tab(
    task="image-to-text",
    view=lambda: StreamedText("generated_text", "Caption"),
    extra=new_scene,
    examples=[[file("scene-1.png")], [file("scene-2.png")], [file("scene-3.png")]],
    transformers="""
# transformers 5 has no image-to-text pipeline any more; this is what it did.
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

processor = AutoProcessor.from_pretrained("{model}")
model = AutoModelForImageTextToText.from_pretrained("{model}")
inputs = processor(images=Image.open({image}), return_tensors="pt")
print(processor.decode(model.generate(**inputs)[0], skip_special_tokens=True))
""",
)
