"""Lab 1: a look inside encoder-only, decoder-only and encoder-decoder models."""
