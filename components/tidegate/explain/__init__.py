"""What a model's predictions hang on: the importance of its features."""
