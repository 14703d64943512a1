"""Benchmarks: sentry-sdk alone and this package, the same work in turn."""
