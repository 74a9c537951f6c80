"""Transform: the user's preprocessing_fn without Beam's cost per element."""
