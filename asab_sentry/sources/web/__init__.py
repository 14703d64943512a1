"""Events of web requests, those that come in and those that go out."""
