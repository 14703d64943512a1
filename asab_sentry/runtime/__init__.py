"""The interpreter, its threads, its end, and what must hold whatever they do."""
