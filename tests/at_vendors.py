"""What is known of the vendors' settings, for whoever lists everything."""

from calls.golive import Change
from calls.models import Call, CarrierReport, ReadinessCheck, SettingChange
from tests import given


def a_row_of_each(call: Call) -> None:
    """A setting that was changed, a check, and an error the carrier told of."""
    now = call.started_at
    change = Change("number", "PN1", given.OURS, "voice_url", "https://elsewhere.example/", "https://ours.example/")
    SettingChange.plan([change], run="r1", account="AC1", by="ada@example.com", now=now)
    ReadinessCheck.keep([], facts={}, by="ada@example.com", now=now)
    CarrierReport.keep(
        report_sid="NO1",
        source=CarrierReport.Source.DEBUGGER,
        level="error",
        code=32011,
        resource_sid="CA1",
        call_id=call.pk,
        occurred_at=now,
        now=now,
    )
