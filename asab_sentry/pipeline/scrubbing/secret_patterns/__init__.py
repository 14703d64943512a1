"""Secrets by their shape: what is recognized in any text, whoever wrote it."""
