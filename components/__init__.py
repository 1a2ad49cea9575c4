"""What a person sees, and the server around it: page, tabs, endpoints, gate, middleware.

Imports gradio and pipelines.
"""
