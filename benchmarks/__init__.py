"""Benchmarks: ratios of two things measured in one run, or a figure against a fixed limit.

`make bench` writes its parts of BENCHMARKS.md.
"""
