"""The APIs besides gradio's endpoints: OpenAI-compatible routes and the Hub's inference API, over
the same runs. Imports FastAPI and pipelines, and no gradio."""
