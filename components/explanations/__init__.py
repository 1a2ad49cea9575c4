"""What can be asked about an answer: panels below it that are made when they are opened."""
