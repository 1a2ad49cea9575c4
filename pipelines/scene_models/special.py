"""The numbers of the words that are no words."""

SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>", "<other>")
PAD, START, END, UNKNOWN, OTHER = range(len(SPECIAL))
