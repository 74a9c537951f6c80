"""New pipeline folders, rendered from templates that the wheel carries."""
