"""OpenAI-compatible routes: /v1/models, chat, completions, embeddings, audio."""
