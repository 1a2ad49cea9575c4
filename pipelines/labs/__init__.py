"""The computing half of the two labs of the group "Learn".

families/ looks into encoder-only, decoder-only and encoder-decoder models; training/ takes a small
model through pretraining and instruction tuning, in a process of its own. Nothing here imports
gradio, and torch is imported only when a lab is used.
"""
