"""Tabs of the group vision, one file a task."""
