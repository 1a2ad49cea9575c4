"""The tasks of the course, which the page promises; a task may be added to them."""

COURSE = {
    "text-generation", "text-classification", "summarization", "translation",
    "zero-shot-classification", "feature-extraction", "image-classification",
    "object-detection", "image-to-text", "automatic-speech-recognition",
    "audio-classification", "text-to-speech", "image-text-to-text",
    "fill-mask", "token-classification", "question-answering",
}  # fmt: skip
