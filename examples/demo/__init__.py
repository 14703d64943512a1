"""The demo: a real server, a real service, and what arrives (`make demo`)."""
