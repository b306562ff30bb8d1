"""The audit log is changed by who erases a person from its details, and by nobody else."""

from django.db import migrations

WHEN = "WHEN (coalesce(current_setting('compliance.may', true), '') <> 'erase')"


def made(condition: str) -> str:
    return f"""
DROP TRIGGER compliance_auditentry_append_only ON compliance_auditentry;
CREATE TRIGGER compliance_auditentry_append_only BEFORE UPDATE ON compliance_auditentry
    FOR EACH ROW {condition} EXECUTE FUNCTION compliance_auditentry_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0013_a_row_is_taken_in_once")]
    operations = [migrations.RunSQL(made(WHEN), made(""))]
