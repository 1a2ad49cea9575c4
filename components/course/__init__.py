"""The course's first chapter, cell by cell: cards that open a tab with a call of the course."""
