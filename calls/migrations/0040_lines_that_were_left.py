"""A customer may leave a line for another one: a page that was put through to a person."""

from django.db import migrations, models

import calls.lifecycle.leg


class Migration(migrations.Migration):
    dependencies = [("calls", "0039_more_list_prices")]

    operations = [
        migrations.AlterField(
            model_name="leg",
            name="role",
            field=models.CharField(
                choices=[
                    ("customer", "customer"),
                    ("agent", "agent"),
                    ("supervisor", "supervisor"),
                    ("third", "third"),
                    ("left", "left"),
                ],
                default=calls.lifecycle.leg.LegRole["CUSTOMER"],
                max_length=10,
            ),
        ),
    ]
