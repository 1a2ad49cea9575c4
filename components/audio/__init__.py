"""Tabs of the group audio, one file a task."""
