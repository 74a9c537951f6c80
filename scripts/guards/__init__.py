"""Guards: small checks over the sources and the wheel."""
