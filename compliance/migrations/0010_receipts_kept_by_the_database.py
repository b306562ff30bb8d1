"""Receipts are written once. Decisions are changed by one who erases a person, and only in what names them; deleted by
one who ends their time. Decisions that are there already wait to be chained."""

from django.db import migrations

STAYS = (
    "id, at, purpose, caller_id, subject_ref, errand_ref, actor_ref, outcome, code, until, reasons, ruleset, "
    "ruleset_sha256, software, library, tzdata, checks"
)


def row(of: str) -> str:
    return ", ".join(f"{of}.{name.strip()}" for name in STAYS.split(","))


REFUSE = f"""
CREATE OR REPLACE FUNCTION compliance_dialdecision_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('compliance.may', true) IS DISTINCT FROM 'remove' THEN
            RAISE EXCEPTION 'compliance_dialdecision is append-only';
        END IF;
        RETURN OLD;
    END IF;
    IF current_setting('compliance.may', true) IS DISTINCT FROM 'erase'
       OR ({row("NEW")}) IS DISTINCT FROM ({row("OLD")}) THEN
        RAISE EXCEPTION 'compliance_dialdecision is append-only';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER compliance_dialdecision_append_only ON compliance_dialdecision;
CREATE TRIGGER compliance_dialdecision_append_only BEFORE UPDATE OR DELETE ON compliance_dialdecision
    FOR EACH ROW EXECUTE FUNCTION compliance_dialdecision_refuse_change();

CREATE FUNCTION compliance_receiptentry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'compliance_receiptentry is append-only';
END $$;
CREATE TRIGGER compliance_receiptentry_append_only BEFORE UPDATE OR DELETE ON compliance_receiptentry
    FOR EACH ROW EXECUTE FUNCTION compliance_receiptentry_refuse_change();

CREATE OR REPLACE FUNCTION compliance_dialpermit_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('compliance.may', true) IS DISTINCT FROM 'remove' THEN
            RAISE EXCEPTION 'permits are not deleted before their time';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued' THEN
            RAISE EXCEPTION 'a permit begins as issued';
        END IF;
        RETURN NEW;
    END IF;
    IF current_setting('compliance.may', true) IS NOT DISTINCT FROM 'erase' AND OLD.state IN ('confirmed', 'void')
       AND NEW.state = OLD.state THEN
        OLD.number := NEW.number;
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
DROP TRIGGER compliance_dialpermit_moves ON compliance_dialpermit;
CREATE TRIGGER compliance_dialpermit_moves BEFORE INSERT OR UPDATE OR DELETE ON compliance_dialpermit
    FOR EACH ROW EXECUTE FUNCTION compliance_dialpermit_moves();

INSERT INTO compliance_unsealeddecision (decision_id) SELECT id FROM compliance_dialdecision;
"""
ALLOW = """
DROP TRIGGER compliance_dialpermit_moves ON compliance_dialpermit;
CREATE TRIGGER compliance_dialpermit_moves BEFORE INSERT OR UPDATE ON compliance_dialpermit
    FOR EACH ROW EXECUTE FUNCTION compliance_dialpermit_moves();
DROP TRIGGER compliance_receiptentry_append_only ON compliance_receiptentry;
DROP FUNCTION compliance_receiptentry_refuse_change();
DROP TRIGGER compliance_dialdecision_append_only ON compliance_dialdecision;
CREATE TRIGGER compliance_dialdecision_append_only BEFORE UPDATE ON compliance_dialdecision
    FOR EACH ROW EXECUTE FUNCTION compliance_dialdecision_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0009_receipts")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
