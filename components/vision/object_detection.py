"""The object-detection tab: a picture in, boxes with a threshold slider out."""

from components.examples import file
from components.results import Boxes
from components.scene import new_scene
from components.tab import Tab

TAB = Tab(
    task="object-detection",
    view=Boxes,
    hidden=("threshold",),
    extra=new_scene,
    examples=[[file("parking.jpg")], [file("dogs.jpg")], [file("coffee.jpg")]],
    transformers="""
from transformers import pipeline

pipe = pipeline("object-detection", model="{model}")
print(pipe({image}, threshold={threshold}))
""",
)
