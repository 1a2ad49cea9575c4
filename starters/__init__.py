"""Scripts that train the bundled starter models, and the figures of each."""
