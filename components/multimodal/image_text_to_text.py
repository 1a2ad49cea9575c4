"""The image-text-to-text tab: a picture and questions about it in, a conversation out."""

from components.examples import file
from components.results import Conversation
from components.scene import new_scene
from components.tab import Tab

TAB = Tab(
    task="image-text-to-text",
    view=lambda: Conversation("text", picture="image"),
    extra=new_scene,
    examples=[
        [file("scene-1.png"), "How many things are there?"],
        [file("scene-2.png"), "What is there?"],
        [file("scene-3.png"), "What colour is the background?"],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("image-text-to-text", model="{model}")
print(pipe(images={image}, text={text}))
""",
)
