"""A corpus of errors with known causes, and what Sentry's own code makes of the events: is one cause one issue?"""
