"""compliance_auditentry is written once: the database itself refuses every change of a row."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION compliance_auditentry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'compliance_auditentry is append-only';
END $$;
CREATE TRIGGER compliance_auditentry_append_only BEFORE UPDATE ON compliance_auditentry
    FOR EACH ROW EXECUTE FUNCTION compliance_auditentry_refuse_change();
"""
ALLOW = """
DROP TRIGGER compliance_auditentry_append_only ON compliance_auditentry;
DROP FUNCTION compliance_auditentry_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
