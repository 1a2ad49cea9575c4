"""The ids of the special tokens."""

SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>", "<other>")
PAD, START, END, UNKNOWN, OTHER = range(len(SPECIAL))
