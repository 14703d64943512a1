"""What may go wrong when Sentry is asked."""


class SentryError(Exception):
    """A call of the API that has failed; the message is one sentence."""

    def __init__(self, message: str, status: int | None = None, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status; None where there was no answer."""
        self.detail = detail
        """What the server has said."""


class Unreachable(SentryError):
    """There is no server, it has a fault, asks for patience for too long, or is something else."""


class Refused(SentryError):
    """The token is not known, or lacks a scope."""

    scope: str | None = None
    """The scope that the call takes."""


class NotFound(SentryError):
    """There is no such organization, project, issue or event, or the token may not see it."""


class Rejected(SentryError):
    """The server does not take what it was given."""
