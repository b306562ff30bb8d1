"""Evidence is changed by two only: who erases a person from it, and who encrypts it anew."""

from django.db import migrations

TRIGGERS = {
    "compliance_consentrecord": ("append_only", "refuse_change"),
    "compliance_revocation": ("only_reviewed", "only_reviewed"),
    "compliance_suppressionentry": ("only_lifted", "only_lifted"),
}
WHEN = "WHEN (coalesce(current_setting('compliance.may', true), '') NOT IN ('erase', 'rotate'))"


def made(condition: str) -> str:
    return "".join(
        f"DROP TRIGGER {table}_{trigger} ON {table};\n"
        f"CREATE TRIGGER {table}_{trigger} BEFORE UPDATE ON {table}\n"
        f"    FOR EACH ROW {condition} EXECUTE FUNCTION {table}_{function}();\n"
        for table, (trigger, function) in TRIGGERS.items()
    )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0011_privacy")]
    operations = [migrations.RunSQL(made(WHEN), made(""))]
