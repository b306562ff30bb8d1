"""Files of numbers on their way into the books; and the numbers of each copy of a list in a partition of their own.

Ten million numbers then come in by COPY into a table without an index and go by dropping it. No key of the database
leads to the copy: it would be checked ten million times. Before this, no copy had a number.
"""

import django.db.models.deletion
from django.db import migrations, models

BY_COPY = """
DROP TABLE compliance_listednumber;
CREATE TABLE compliance_listednumber (
    number bigint NOT NULL,
    copy_id bigint NOT NULL,
    PRIMARY KEY (number, copy_id)
) PARTITION BY LIST (copy_id);
CREATE TABLE compliance_listednumber_by_hand PARTITION OF compliance_listednumber DEFAULT;
"""
IN_ONE = """
DROP TABLE compliance_listednumber;
CREATE TABLE compliance_listednumber (
    number bigint NOT NULL,
    copy_id bigint NOT NULL REFERENCES compliance_numberlistcopy (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (number, copy_id)
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0006_consents_are_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name="numberlistcopy",
            name="in_force_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="numberlistcopy",
            name="replaced_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BY_COPY, IN_ONE)],
            state_operations=[
                migrations.AlterField(
                    model_name="listednumber",
                    name="copy",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="numbers",
                        to="compliance.numberlistcopy",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "into",
                    models.CharField(
                        choices=[
                            ("list", "a list that others keep, whole"),
                            ("changes", "changes to a list that others keep"),
                            ("own", "our own list"),
                            ("answers", "answers about reassigned numbers"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for a worker"),
                            ("reading", "is being read"),
                            ("read", "is being put in order"),
                            ("ordered", "is about to come into force"),
                            ("joined", "comes into force"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("all", "every call"), ("marketing", "sales calls")], default="all", max_length=10
                    ),
                ),
                (
                    "may_shrink",
                    models.BooleanField(default=False, help_text="It may have far fewer numbers than the one before."),
                ),
                (
                    "file",
                    models.FileField(blank=True, help_text="Kept until the import is over.", upload_to="lists/%Y/%m/"),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("size_bytes", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("layout", models.JSONField(blank=True, default=dict, help_text="How the file is written.")),
                ("bytes_read", models.BigIntegerField(default=0, help_text="Of the file as it lies there.")),
                (
                    "text_read",
                    models.BigIntegerField(default=0, help_text="Of what is in it, unpacked: where to go on."),
                ),
                ("rows_read", models.PositiveBigIntegerField(default=0)),
                ("rows_taken", models.PositiveBigIntegerField(default=0)),
                ("rows_refused", models.PositiveBigIntegerField(default=0)),
                (
                    "restarts",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Read anew because the database lost a part."
                    ),
                ),
                ("problem", models.CharField(blank=True, help_text="Why it failed, for a person.", max_length=400)),
                ("created_at", models.DateTimeField()),
                ("created_by_ref", models.CharField(max_length=200)),
                (
                    "heard_of_at",
                    models.DateTimeField(blank=True, help_text="When a worker last did something for it.", null=True),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "base",
                    models.ForeignKey(
                        blank=True,
                        help_text="The copy that changes are changes of.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.numberlistcopy",
                    ),
                ),
                (
                    "copy",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="of_import",
                        to="compliance.numberlistcopy",
                    ),
                ),
                (
                    "of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="compliance.numberlist",
                    ),
                ),
            ],
            options={
                "verbose_name": "import of numbers",
                "verbose_name_plural": "imports of numbers",
                "permissions": [("import_numbers", "Can import lists of numbers and cancel imports")],
            },
        ),
        migrations.CreateModel(
            name="ListImportProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveBigIntegerField()),
                ("text", models.CharField(help_text="The line as it stood in the file.", max_length=200)),
                ("sentence", models.CharField(max_length=200)),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="compliance.listimport"
                    ),
                ),
            ],
            options={
                "verbose_name": "line that was not taken",
                "verbose_name_plural": "lines that were not taken",
            },
        ),
        migrations.AddConstraint(
            model_name="listimport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("waiting", "reading", "read", "ordered", "joined"))),
                fields=("of",),
                name="one_open_import_per_list",
            ),
        ),
        migrations.AddConstraint(
            model_name="listimportproblem",
            constraint=models.UniqueConstraint(fields=("of", "row"), name="one_problem_per_line_of_a_list"),
        ),
    ]
