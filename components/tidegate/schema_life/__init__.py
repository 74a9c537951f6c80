"""The life of a schema: guessed from data, compared, and changed with a reason."""
