"""What `benchmarks/detection.py` measures drift detectors with."""
