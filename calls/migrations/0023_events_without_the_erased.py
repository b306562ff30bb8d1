"""What happened on a call is changed by who erases a person from it, and by nobody else."""

from django.db import migrations

WHEN = "WHEN (coalesce(current_setting('compliance.may', true), '') <> 'erase')"


def made(condition: str) -> str:
    return f"""
DROP TRIGGER calls_callevent_append_only ON calls_callevent;
CREATE TRIGGER calls_callevent_append_only BEFORE UPDATE ON calls_callevent
    FOR EACH ROW {condition} EXECUTE FUNCTION calls_callevent_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("calls", "0022_imports_and_dry_runs")]
    operations = [migrations.RunSQL(made(WHEN), made(""))]
