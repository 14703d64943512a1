"""The seam into sentry-sdk: what differs between its majors, 2 and 3. No other module asks which one it is."""
