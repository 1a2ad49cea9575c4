"""Tabs of the group multimodal, one file a task."""
