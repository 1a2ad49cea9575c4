"""What a person sees: the page, the tabs and the endpoints. Imports gradio and pipelines."""
