"""A leg's permit is one that was spent, on this very number, and came to this very leg: the database looks it up."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION calls_leg_has_its_permit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.permit_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM compliance_dialpermit
        WHERE id = NEW.permit_id AND state = 'confirmed' AND leg_sid = NEW.leg_sid
          AND number = NEW.to_address AND caller_id = NEW.from_address
    ) THEN
        RAISE EXCEPTION 'no permit was spent on this leg' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calls_leg_has_its_permit BEFORE INSERT OR UPDATE OF permit_id, leg_sid, to_address, from_address
    ON calls_leg FOR EACH ROW EXECUTE FUNCTION calls_leg_has_its_permit();
"""
ALLOW = """
DROP TRIGGER calls_leg_has_its_permit ON calls_leg;
DROP FUNCTION calls_leg_has_its_permit();
"""


class Migration(migrations.Migration):
    dependencies = [("calls", "0009_legs_we_dial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
