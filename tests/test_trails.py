"""What an event tells of where it comes from: no more than what has led to it, and whose it is."""

import apps
from far import FarEnd, title


def test_ticks_have_no_past(far: FarEnd, tmp_path) -> None:
    """An exception of a subscriber of ticks comes without those that ASAB's loop was handling, but with its own."""
    source = """
    class App(Base):
        def setup(self):
            self.PubSub.subscribe("Application.tick!", self.first)

        def first(self, message_type):
            self.PubSub.unsubscribe("Application.tick!", self.first)
            self.PubSub.subscribe("Application.tick!", self.second)
            raise ValueError("first")

        def second(self, message_type):
            self.stop()
            try:
                {}["a"]
            except KeyError as error:
                raise ValueError("second") from error
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    chains = {title(event): [value["type"] for value in event["exception"]["values"]] for event in far.events}
    assert chains == {"ValueError: first": ["ValueError"], "ValueError: second": ["KeyError", "ValueError"]}


def test_lost_tasks_have_the_tenant_of_their_creator(far: FarEnd, tmp_path) -> None:
    """A task that fails and that nobody awaits has the tenant for whom it was made, unless it has set one itself."""
    source = """
    import asab.contextvars

    class App(Base):
        async def main(self):
            with asab.contextvars.tenant_context("acme"):
                asyncio.create_task(self.fails("of acme"))
                asyncio.create_task(self.tagged("tagged"))
                asyncio.create_task(self.nested("nested"))
            asyncio.create_task(self.fails("of nobody"))
            asab.contextvars.Tenant.set(object())
            asyncio.create_task(self.fails("of something else"))
            for _ in range(10):  # more rounds of the loop than any of them takes
                await asyncio.sleep(0)
            gc.collect()
            self.stop()

        async def fails(self, text):
            await asyncio.sleep(0)
            raise ValueError(text)

        async def tagged(self, text):
            self.Sentry.set_tag("tenant", "mine")
            raise ValueError(text)

        async def nested(self, text):
            asyncio.create_task(self.fails(text))
    """
    run = apps.run(tmp_path, source, dsn=far.dsn)
    assert run.returncode == 0, run.stderr
    tenants = {title(event).removeprefix("ValueError: "): event["tags"].get("tenant") for event in far.events}
    something = tenants.pop("of something else")
    assert tenants == {"of acme": "acme", "tagged": "mine", "nested": "acme", "of nobody": None}
    assert something is None or "object" in something
