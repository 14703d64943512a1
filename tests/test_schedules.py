"""Schedules of monitors: what Sentry takes, and what is said of what it does not."""

import zoneinfo

import pytest

from asab_sentry.sources.work import crons, schedules


@pytest.mark.parametrize(
    "entry",
    [
        "0 3 * * *",
        "*/5 0-23/2 1,15 JAN-DEC mon-fri",
        "5/15 * * * *",
        "0 0 L * *",
        "0 0 * * 5L",
        "0 0 * * MON#2",
        "0 0 29 2 *",
        "0 0 31 1,2 *",
        "0 0 31 2 MON",
        "59 23 31 12 7",
        "@hourly",
        "0,30 9-17 * * 1-5",
    ],
)
def test_crontab(entry):
    """Entries that Sentry takes are taken."""
    schedules.check_crontab(entry)
    assert crons.config(entry)["schedule"] == {"type": "crontab", "value": entry}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("60 * * * *", "minute '60' is not from 0 to 59"),
        ("0 25 * * *", "hour '25' is not from 0 to 23"),
        ("0 0 0 * *", "day of month '0' is not from 1 to 31"),
        ("0 0 * 13 *", "month '13' is not from 1 to 12"),
        ("0 0 * * 8", "day of week '8' is not from 0 to 7"),
        ("0 0 * MON *", "month 'MON' is not"),
        ("*/0 * * * *", "minute '*/0' has no step of 1 or more"),
        ("*/ * * * *", "has no step"),
        ("30-10 * * * *", "minute '30-10' ends before it begins"),
        ("1,,2 * * * *", "minute '' is not"),
        ("0 0 ? * *", "day of month '?' is not"),
        ("0 0 * * MON#6", "day of week 'MON#6' is not"),
        ("0 0 * * XL", "day of week 'XL' is not"),
        ("0 0 30 2 *", "no month of these has a day 30"),
        ("0 0 31 4,6,9,11 *", "no month of these has a day 31"),
        ("0 3 * *", "it has 4 of 5 fields"),
        ("0 0 3 * * *", "it has 6 of 5 fields"),
        ("every day at 3", "it has 4 of 5 fields"),
        ("٣ * * * *", "is not from 0 to 59"),
        ("9999999999999999999999 * * * *", "is not from 0 to 59"),
    ],
)
def test_faulty_crontab(entry, reason):
    """What Sentry would not take is told by its field."""
    with pytest.raises(crons.InvalidMonitor) as error:
        crons.config(entry)
    assert "must be a crontab entry as in '0 3 * * *': " in str(error.value)
    assert reason in str(error.value)


@pytest.mark.parametrize("name", ["Europe/Prague", "UTC", "America/Argentina/Buenos_Aires"])
def test_timezones(name):
    """Timezones there are."""
    assert crons.config("0 3 * * *", name)["timezone"] == name


@pytest.mark.parametrize(
    "name", ["Europe/Praha", "CET+1", "", "../../etc/passwd", "/etc/localtime", "a\0b", 5, b"UTC", object(), "x" * 5000]
)
def test_faulty_timezones(name):
    """Of others it is said that there are none."""
    with pytest.raises(crons.InvalidMonitor, match="there is no timezone"):
        crons.config("0 3 * * *", name)


def test_machine_without_timezones(monkeypatch):
    """Where the machine knows no timezones, none is at fault."""
    schedules.is_timezone.cache_clear()
    monkeypatch.setattr(zoneinfo, "ZoneInfo", lambda name: (_ for _ in ()).throw(zoneinfo.ZoneInfoNotFoundError(name)))
    assert crons.config("0 3 * * *", "Europe/Prague")["timezone"] == "Europe/Prague"
    schedules.is_timezone.cache_clear()


@pytest.mark.parametrize(
    ("key", "value", "is_taken"),
    [
        ("max_runtime", 40320, True),
        ("max_runtime", 40321, False),
        ("checkin_margin", 0, False),
        ("failure_issue_threshold", 720, True),
        ("recovery_threshold", 721, False),
    ],
)
def test_limits(key, value, is_taken):
    """Margins are those that Sentry takes."""
    if is_taken:
        assert crons.config("@daily", **{key: value})[key] == value
        return
    with pytest.raises(crons.InvalidMonitor, match="accepted are"):
        crons.config("@daily", **{key: value})
