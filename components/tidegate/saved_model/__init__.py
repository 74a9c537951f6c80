"""A SavedModel read and judged without TensorFlow, before anything loads it."""
