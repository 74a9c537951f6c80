"""What the builds do besides testing: specs, plan, image, record, promotion."""
