"""Models that look at an image and answer with labels or boxes."""

from pipelines.capabilities import ClassifyImage, Detect, Scores
from pipelines.engines.aspect_ratio import bounded
from pipelines.engines.transformers.classification import label_scores
from pipelines.engines.transformers.model import TransformersModel
from pipelines.inputs import Picture
from pipelines.outputs import Box, DetectedObject


class ImageClassifier(TransformersModel, ClassifyImage):
    """Scores an image."""

    def classify_image(self, image: Picture) -> Scores:
        """The scores of all labels."""
        pixels = self.image_processor(images=bounded(image), return_tensors="pt")
        return label_scores(self.forward(**pixels).logits[0], self.config)


class ObjectDetector(TransformersModel, Detect):
    """Finds objects."""

    def detect(self, image: Picture, threshold: float) -> list[DetectedObject]:
        """The objects, best first, their boxes within the image."""
        pixels = self.image_processor(images=bounded(image), return_tensors="pt")
        found = self.image_processor.post_process_object_detection(
            self.forward(**pixels), threshold=threshold, target_sizes=[(image.height, image.width)]
        )[0]
        objects: list[DetectedObject] = []
        for score, label, corners in zip(
            found["scores"].tolist(), found["labels"].tolist(), found["boxes"].tolist(), strict=True
        ):
            xmin, ymin, xmax, ymax = (
                min(max(round(value), 0), limit)
                for value, limit in zip(corners, (image.width, image.height) * 2, strict=True)
            )
            box: Box = {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
            objects.append({"label": self.config.id2label[label], "score": score, "box": box})
        return sorted(objects, key=lambda one: -one["score"])
