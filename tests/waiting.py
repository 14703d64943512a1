"""What applications of tests wait for, with a deadline: put before their source, behind `apps.PRELUDE`."""

SENT = """
async def sent(sentry, count):
    end = time.monotonic() + 20
    while sentry.Sent["events"] < count:
        assert time.monotonic() < end, f"{sentry.Sent} within 20 s, not {count}"
        await asyncio.sleep(0.01)


"""
"""`await sent(service, count)`: until the server has taken so many events."""
