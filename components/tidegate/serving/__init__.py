"""SavedModels as servers load them: signatures, and calling one of them."""
