"""Decisions are written once; permits make only their own moves, and in time.

The moves are those of `compliance.verdict.PERMIT_MOVES`; a test holds one against the other.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION compliance_dialdecision_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'compliance_dialdecision is append-only';
END $$;
CREATE TRIGGER compliance_dialdecision_append_only BEFORE UPDATE ON compliance_dialdecision
    FOR EACH ROW EXECUTE FUNCTION compliance_dialdecision_refuse_change();

CREATE FUNCTION compliance_dialpermit_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued' THEN
            RAISE EXCEPTION 'a permit begins as issued';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.decision_id, NEW.number, NEW.caller_id, NEW.subject_ref, NEW.errand_ref, NEW.issued_at, NEW.expires_at)
        IS DISTINCT FROM
       (OLD.decision_id, OLD.number, OLD.caller_id, OLD.subject_ref, OLD.errand_ref, OLD.issued_at, OLD.expires_at) THEN
        RAISE EXCEPTION 'what a permit is for cannot be changed';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('issued', 'sent'), ('issued', 'void'),
        ('sent', 'confirmed'), ('sent', 'void'), ('sent', 'unknown'),
        ('unknown', 'confirmed'), ('unknown', 'void'),
        ('void', 'confirmed')
    ) THEN
        RAISE EXCEPTION 'a permit does not go from % to %', OLD.state, NEW.state;
    END IF;
    IF NEW.state = 'confirmed' AND NEW.sent_at IS NULL THEN
        RAISE EXCEPTION 'a permit that was never spent has no leg';
    END IF;
    IF OLD.state = 'issued' AND NEW.state = 'sent' AND OLD.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'the permit has expired';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER compliance_dialpermit_moves BEFORE INSERT OR UPDATE ON compliance_dialpermit
    FOR EACH ROW EXECUTE FUNCTION compliance_dialpermit_moves();
"""
ALLOW = """
DROP TRIGGER compliance_dialpermit_moves ON compliance_dialpermit;
DROP FUNCTION compliance_dialpermit_moves();
DROP TRIGGER compliance_dialdecision_append_only ON compliance_dialdecision;
DROP FUNCTION compliance_dialdecision_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0003_decisions_and_permits")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
