"""Units of work: what is around them, and what is measured of them."""
