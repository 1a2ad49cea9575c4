"""Adapters for sound, one file a task."""
