"""List prices that were missing, each with where it was read; and lines that are billed by different rates apart.

Nothing that somebody has priced already is touched. What no public source has told us stays without a price.
"""

from datetime import date

from django.db import migrations, models

CARDS = {
    "OpenAI text models, 2026": (
        date(2026, 7, 3),
        (
            "gpt-4.1-mini: whichllm.io/models/kilo-openai--gpt-4-1-mini and losclouds.com/ai-models/gpt-4-1-mini; embeddings: "
            "tokenprice.fyi/models/text-embedding-3-small (of 2026-07-03). Secondary sources, read 2026-11-29: check "
            "them against developers.openai.com/api/docs/pricing."
        ),
        [
            ("gpt-4.1-mini", "text_in", "0.40"),
            ("gpt-4.1-mini", "text_cached", "0.10"),
            ("gpt-4.1-mini", "text_out", "1.60"),
            ("text-embedding-3-small", "text_in", "0.02"),
        ],
    ),
    "Twilio recording, 2026 (United States)": (
        date(2026, 9, 9),
        (
            "A secondary source of 2026, read 2026-11-29: usesherlock.ai/blog/hidden-costs-twilio-voice-ai-stack. Check "
            "it against twilio.com/voice/pricing."
        ),
        [("carrier", "recording_minute", "0.0025")],
    ),
}


def fill(apps, schema_editor):
    """Write down the prices that nobody has set."""
    card_model, rate_model = apps.get_model("calls", "RateCard"), apps.get_model("calls", "CardRate")
    for name, (since, source, rates) in CARDS.items():
        missing = [rate for rate in rates if not rate_model.objects.filter(item=rate[0], unit=rate[1]).exists()]
        if not missing or card_model.objects.filter(name=name).exists():
            continue
        card = card_model.objects.create(name=name, since=since, source=source)
        rate_model.objects.bulk_create(
            [rate_model(card=card, item=item, unit=unit, price=price) for item, unit, price in missing]
        )


def count_anew(apps, schema_editor):
    """Calls with something that had no price are counted again, by the sweep: it may have one, or another name."""
    schema_editor.execute("UPDATE calls_callcost SET counted_at = NULL WHERE unpriced <> '[]'::jsonb")


class Migration(migrations.Migration):
    dependencies = [("calls", "0038_budgets_by_text")]

    operations = [
        migrations.AlterField(
            model_name="cardrate",
            name="unit",
            field=models.CharField(
                choices=[
                    ("text_in", "text heard, a million tokens"),
                    ("text_cached", "text heard again from the cache, a million tokens"),
                    ("text_out", "text written, a million tokens"),
                    ("audio_in", "sound heard, a million tokens"),
                    ("audio_cached", "sound heard again from the cache, a million tokens"),
                    ("audio_out", "sound spoken, a million tokens"),
                    ("heard_in", "transcription: sound and text in, a million tokens"),
                    ("heard_out", "transcription: words written, a million tokens"),
                    ("heard_minute", "transcription, a minute"),
                    ("inbound_minute", "line of a caller, a minute begun"),
                    ("outbound_minute", "line to a number, a minute begun"),
                    ("sip_minute", "line to or from SIP or a browser, a minute begun"),
                    ("trunk_minute", "line on a trunk (Elastic SIP), a minute begun"),
                    ("whatsapp_minute", "line to or from WhatsApp, a minute begun"),
                    ("stream_minute", "media stream, a minute begun"),
                    ("relay_minute", "the carrier's listening and speaking, a minute begun"),
                    ("recording_minute", "recording, a minute begun"),
                    ("machine_detection", "telling machines from people, a call"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(count_anew, migrations.RunPython.noop),
    ]
