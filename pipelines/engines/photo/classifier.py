"""The classifier: picture → ImageNet's labels with scores, by EfficientNet-Lite3 of 8 bits."""

from pathlib import Path

import numpy as np

from pipelines.capabilities import ClassifyImage, Scores
from pipelines.engines.openvino.runtime import compile_model
from pipelines.engines.photo import imagenet
from pipelines.engines.photo.exposure import lit
from pipelines.inputs import Picture
from pipelines.settings import Settings

PATTERN = "*.tflite"
SIDE = 280  # pixels
CROP = 0.875  # of the shorter side, from the middle, as in training


class Classifier(ClassifyImage):
    """Knows the 1,000 classes of ImageNet."""

    system = ""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.labels = imagenet.labels()
        self._graph = compile_model(next(folder.glob(PATTERN)), settings)
        self.parallel = self._graph.parallel

    def classify_image(self, image: Picture) -> Scores:
        """The scores of all labels, in 256 steps."""
        from PIL import Image

        side = max(min(image.size) * CROP, 1)
        left, top = (image.width - side) / 2, (image.height - side) / 2
        small = image.resize(
            (SIDE, SIDE),
            Image.Resampling.BICUBIC,
            box=(
                max(left, 0),
                max(top, 0),
                min(left + side, image.width),
                min(top + side, image.height),
            ),
            reducing_gap=3.0,
        )
        (scores,) = self._graph.run(np.asarray(lit(small))[None])
        return list(zip(self.labels, (scores[0] / 256).tolist(), strict=True))

    def close(self) -> None:
        """Free the memory."""
        self._graph.close()
