"""Lab 2: a small model taken through pretraining and instruction tuning."""
