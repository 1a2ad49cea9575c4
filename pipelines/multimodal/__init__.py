"""Adapters that take more than one kind of input, one file a task."""
