"""What runs in the environments of the tools; imports nothing of ours."""
