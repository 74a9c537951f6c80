"""Public helpers with which users prove that their own gates close."""
