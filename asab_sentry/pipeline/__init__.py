"""What may happen to an event on its way."""
