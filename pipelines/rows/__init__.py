"""Many inputs: rows of a file in, one answer or one message for each row out, in order.

One idea a file: what a table of rows is (`table`), how one is read from files (`reading`,
`archive`), how its rows are answered (`job`), how the answers are written (`writing`), and how they
compare with a column of labels (`metrics`).
"""
