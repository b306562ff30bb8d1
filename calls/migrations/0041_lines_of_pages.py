"""A page's line has a name of its own: it costs no carrier, and its breaking says nothing of one."""

from typing import Any

from django.db import migrations, models


def name_them(apps: Any, schema_editor: Any) -> None:
    """A test call's first line is the page's; later ones are the carrier's, once the page was put through."""
    streams = apps.get_model("calls", "Stream").objects
    first = streams.filter(call=models.OuterRef("call")).order_by("pk").values("pk")[:1]
    streams.filter(call__channel="browser", pk=models.Subquery(first)).update(door="page")


class Migration(migrations.Migration):
    dependencies = [("calls", "0040_lines_that_were_left")]

    operations = [
        migrations.AlterField(
            model_name="stream",
            name="door",
            field=models.CharField(
                choices=[
                    ("stream", "sound (Media Streams)"),
                    ("relay", "text (ConversationRelay)"),
                    ("page", "sound, to a page of ours (test calls)"),
                ],
                default="stream",
                help_text="A stream of sound, or a line of text on which the carrier listens and speaks. A page's costs no "
                "carrier.",
                max_length=8,
            ),
        ),
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]
