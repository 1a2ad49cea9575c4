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
        [file("parking.jpg"), "What does the sign say?"],
        [file("dogs.jpg"), "How many dogs are there?"],
        [file("coffee.jpg"), "Where is the cup?"],
    ],
    transformers="""
# Some models' processors, SmolVLM's and Qwen's too, need torchvision.
from transformers import pipeline

pipe = pipeline("image-text-to-text", model="{model}")
content = [{"type": "image", "image": {image}}, {"type": "text", "text": {text}}]
chat = [{"role": "user", "content": content}]
print(pipe(text=chat, max_new_tokens={max_new_tokens}, return_full_text=False))
""",
)
