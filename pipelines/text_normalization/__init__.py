"""Text as it is said, by language: numbers, dates, money and abbreviations in words."""
