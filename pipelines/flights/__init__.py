"""Predicts, when a flight departs, whether it will arrive late."""
