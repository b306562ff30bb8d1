"""calls_callevent is written once: the database itself refuses every change of a row."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION calls_callevent_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'calls_callevent is append-only';
END $$;
CREATE TRIGGER calls_callevent_append_only BEFORE UPDATE ON calls_callevent
    FOR EACH ROW EXECUTE FUNCTION calls_callevent_refuse_change();
"""
ALLOW = """
DROP TRIGGER calls_callevent_append_only ON calls_callevent;
DROP FUNCTION calls_callevent_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
