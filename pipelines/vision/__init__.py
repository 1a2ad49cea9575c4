"""Adapters for pictures, one file a task."""
