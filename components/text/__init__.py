"""Tabs of the group text, one file a task."""
