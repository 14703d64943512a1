"""Sentry's web API: issues and events are read and changed, releases registered.

```python
from asab_sentry.api import Sentry

sentry = Sentry("https://sentry.io", "acme", "shop", auth_token)
for issue in sentry.issues(query="is:unresolved", period="24h"):
    print(issue["shortId"], issue["title"])
sentry.update_issue(issue["id"], status="resolved")
```

Objects are dicts, as https://docs.sentry.io/api/ describes them.
"""

from .calls import SCOPES
from .errors import NotFound, Refused, Rejected, SentryError, Unreachable
from .project import Sentry

__all__ = ["SCOPES", "NotFound", "Refused", "Rejected", "Sentry", "SentryError", "Unreachable"]
