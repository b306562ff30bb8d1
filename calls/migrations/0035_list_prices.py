"""What vendors ask by their lists, with where and when that was read. Each installation corrects it in Django admin."""

from datetime import date

from django.db import migrations

REALTIME = ("text_in", "text_cached", "text_out", "audio_in", "audio_cached", "audio_out")
CARDS = {
    "OpenAI, autumn 2026": (
        date(2026, 9, 9),
        (
            "Realtime models: secondary sources of 2026-09-09. Transcription: developers.openai.com/api/docs/models, "
            "read 2026-11-29. Check them against developers.openai.com/api/docs/pricing."
        ),
        [
            *(
                ("gpt-realtime-2.1", unit, price)
                for unit, price in zip(REALTIME, ("4", "0.40", "24", "32", "0.40", "64"), strict=True)
            ),
            *(
                ("gpt-realtime-2.1-mini", unit, price)
                for unit, price in zip(REALTIME, ("0.60", "0.06", "2.40", "10", "0.30", "20"), strict=True)
            ),
            ("gpt-4o-transcribe", "heard_in", "2.50"),
            ("gpt-4o-transcribe", "heard_out", "10"),
            ("gpt-4o-mini-transcribe", "heard_in", "1.25"),
            ("gpt-4o-mini-transcribe", "heard_out", "5"),
            ("gpt-realtime-whisper", "heard_minute", "0.017"),
            ("gpt-live-transcribe", "heard_minute", "0.017"),
        ],
    ),
    "Twilio, autumn 2026 (United States)": (
        date(2026, 9, 9),
        (
            "Streams: a secondary source of October 2026. Machines: Twilio's documentation of machine detection. Lines: "
            "the example at support.twilio.com, How Volume Pricing works, read 2026-11-29; what Twilio says it has "
            "charged replaces them. Recording, SIP and ConversationRelay are left out: fill in yours."
        ),
        [
            ("carrier", "inbound_minute", "0.0085"),
            ("carrier", "outbound_minute", "0.013"),
            ("carrier", "stream_minute", "0.0044"),
            ("carrier", "machine_detection", "0.0075"),
        ],
    ),
}


def fill(apps, schema_editor):
    """Write the cards, unless somebody has cards already."""
    card_model, rate_model = apps.get_model("calls", "RateCard"), apps.get_model("calls", "CardRate")
    if card_model.objects.exists():
        return
    for name, (since, source, rates) in CARDS.items():
        card = card_model.objects.create(name=name, since=since, source=source)
        rate_model.objects.bulk_create(
            [rate_model(card=card, item=item, unit=unit, price=price) for item, unit, price in rates]
        )


def count_calls_of_old(apps, schema_editor):
    """Every call that is in the books has a cost that is to be counted; the sweep does it, the newest first."""
    schema_editor.execute(
        "INSERT INTO calls_callcost (call_id, micros, saved_micros, parts, unpriced, counted_at) "
        "SELECT id, 0, 0, '{}'::jsonb, '[]'::jsonb, NULL FROM calls_call ON CONFLICT DO NOTHING"
    )


class Migration(migrations.Migration):
    dependencies = [("calls", "0034_costs")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(count_calls_of_old, migrations.RunPython.noop),
    ]
