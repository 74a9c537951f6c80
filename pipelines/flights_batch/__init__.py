"""The batch pipeline of flights: predictions for a delivery, by the served model."""
