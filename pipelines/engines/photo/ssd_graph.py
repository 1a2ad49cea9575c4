"""The detector's graph: TensorFlow's frozen SSD → OpenVINO's IR without what makes it slow.

As it is published it resizes and suppresses in loops, one of them for each class; OpenVINO takes 13
seconds to read that and 11 to compile it, each time. The graph is cut where the picture has its
size and before the loops: in goes one picture of 300 × 300 as bytes, out come the scores of all
boxes and the boxes. The suppression is in `detector`. A slow test holds the cut graph against the
whole one.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.engines.openvino.runtime import library
from pipelines.engines.photo.protobuf import fields, first

SIDE = 300  # pixels
PICTURE = "Preprocessor/sub:0"  # the resized picture in −1…1
SCORES, BOXES = "Postprocessor/convert_scores:0", "Postprocessor/Decode/transpose_1:0"
LOOPS = (b"Preprocessor/map", b"Postprocessor/BatchMultiClassNonMaxSuppression")
NODE, NAME = 1, 1  # numbers of fields in GraphDef and NodeDef


def convert_ssd(frozen: Path, target: Path) -> None:
    """Write the cut graph as IR.

    Raises:
        ValueError, IndexError: the file is no frozen graph.
    """
    openvino = library()
    from openvino.frontend import FrontEndManager

    frontend = FrontEndManager().load_by_framework("tf")
    with TemporaryDirectory() as folder:
        # OpenVINO would read the loops before it cut them off: 35 seconds in place of 4.
        small = Path(folder) / "small.pb"
        small.write_bytes(_without_loops(frozen.read_bytes()))
        graph = frontend.load(str(small))
        picture, scores, boxes = map(graph.get_place_by_tensor_name, (PICTURE, SCORES, BOXES))
        graph.extract_subgraph([picture], [scores, boxes])
        graph.set_partial_shape(picture, openvino.PartialShape([1, SIDE, SIDE, 3]))
        graph.set_element_type(picture, openvino.Type.f32)
        model = frontend.convert(graph)
    steps = openvino.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(openvino.Type.u8)
    steps.input().preprocess().convert_element_type(openvino.Type.f32).scale(127.5).mean(1.0)
    openvino.save_model(steps.build(), target, compress_to_fp16=True)


def _without_loops(graph: bytes) -> bytes:
    """A GraphDef without the nodes of the loops."""
    kept = bytearray()
    for one in fields(memoryview(graph)):
        if one.number == NODE and any(loop in first(one.value, NAME) for loop in LOOPS):
            continue
        kept += one.raw
    return bytes(kept)
