"""Models that look at an image and answer with labels or boxes."""

from typing import Any

import numpy as np

from pipelines.capabilities import ClassifyImage, Detect, Scores
from pipelines.engines.openvino.model import ConvertedModel
from pipelines.engines.openvino.pictures import pixel_values
from pipelines.engines.openvino.runtime import Array
from pipelines.engines.openvino.scores import label_scores, sigmoid, softmax
from pipelines.inputs import Picture
from pipelines.outputs import Box, DetectedObject


class ImageModel(ConvertedModel):
    """A model that looks at one image."""

    def outputs(self, image: Picture) -> tuple[Array, ...]:
        """What the graph gives for an image."""
        pixels = pixel_values(image, self.about["picture"])
        inputs = {"pixel_values": pixels}
        if "pixel_mask" in self.compiled.input_names:  # of a batch with padding; here is none
            inputs["pixel_mask"] = np.ones((1, *pixels.shape[2:]), np.int64)
        return self.compiled.run(inputs)


class ImageClassifier(ImageModel, ClassifyImage):
    """Scores an image."""

    def classify_image(self, image: Picture) -> Scores:
        """The scores of all labels."""
        return label_scores(self.outputs(image)[0][0], self.about)


class ObjectDetector(ImageModel, Detect):
    """Finds objects: DETR and its descendants, which give a box and logits for each query."""

    def detect(self, image: Picture, threshold: float) -> list[DetectedObject]:
        """The objects, best first, their boxes within the image."""
        logits, boxes = (one[0] for one in self.outputs(image))
        scores, labels, queries = best(logits, self.about["detections"])
        objects: list[DetectedObject] = []
        for score, label, query in zip(scores, labels, queries, strict=True):
            if score > threshold:
                box = _corners(boxes[query], image)
                name = self.about["labels"][label]
                objects.append({"label": name, "score": float(score), "box": box})
        return sorted(objects, key=lambda one: -one["score"])


def best(logits: Array, how: dict[str, Any]) -> tuple[Array, Array, Array]:
    """Scores, labels and queries of the detections in logits of shape (queries, labels).

    With "softmax" the last label means nothing, and a query has one label; with "sigmoid" each
    label of each query is a detection of its own, and the best `top_k` count.
    """
    if how["scores"] == "softmax":
        shares = softmax(logits)[:, :-1]
        return shares.max(-1), shares.argmax(-1), np.arange(len(logits))
    flat = sigmoid(logits).reshape(-1)
    order = np.argsort(-flat, kind="stable")[: how["top_k"] or len(logits)]
    return flat[order], order % logits.shape[1], order // logits.shape[1]


def _corners(box: Array, image: Picture) -> Box:
    """Corners in pixels, of centre, width and height as parts of the image."""
    x, y, width, height = box.tolist()
    xmin, xmax = ((x + side * width / 2) * image.width for side in (-1, 1))
    ymin, ymax = ((y + side * height / 2) * image.height for side in (-1, 1))
    return {
        "xmin": _within(xmin, image.width),
        "ymin": _within(ymin, image.height),
        "xmax": _within(xmax, image.width),
        "ymax": _within(ymax, image.height),
    }


def _within(value: float, limit: int) -> int:
    return min(max(round(value), 0), limit)
