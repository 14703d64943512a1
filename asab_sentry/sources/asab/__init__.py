"""Events of ASAB and of its event loop."""
