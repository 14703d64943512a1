"""A fleet for docker-compose, and a command that tries it: `make fleet`."""
