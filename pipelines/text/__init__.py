"""Adapters for text, one file a task."""
