"""The seam into sentry-sdk."""
