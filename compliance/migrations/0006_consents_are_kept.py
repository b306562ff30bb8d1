"""Where evidence is kept, and what the database itself keeps: a consent for ever as it was recorded; of a revocation
only whether somebody has read it; of an entry on our own list only that somebody lifted it, once, and why."""

from django.db import migrations, models

import compliance.models.consent

REFUSE = """
CREATE FUNCTION compliance_consentrecord_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'compliance_consentrecord is append-only';
END $$;
CREATE TRIGGER compliance_consentrecord_append_only BEFORE UPDATE ON compliance_consentrecord
    FOR EACH ROW EXECUTE FUNCTION compliance_consentrecord_refuse_change();

CREATE FUNCTION compliance_revocation_only_reviewed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{needs_review,reviewed_at,reviewed_by_ref}'::text[])
        <> (to_jsonb(OLD) - '{needs_review,reviewed_at,reviewed_by_ref}'::text[]) THEN
        RAISE EXCEPTION 'a revocation is not changed';
    END IF;
    IF OLD.needs_review AND NOT NEW.needs_review THEN
        RAISE EXCEPTION 'what is to be read stays so until somebody has read it';
    END IF;
    IF OLD.reviewed_at IS NOT NULL
        AND (NEW.reviewed_at, NEW.reviewed_by_ref) IS DISTINCT FROM (OLD.reviewed_at, OLD.reviewed_by_ref) THEN
        RAISE EXCEPTION 'a revocation is reviewed once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER compliance_revocation_only_reviewed BEFORE UPDATE ON compliance_revocation
    FOR EACH ROW EXECUTE FUNCTION compliance_revocation_only_reviewed();

CREATE FUNCTION compliance_suppressionentry_only_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{lifted_at,lifted_by_ref,lifted_why}'::text[])
        <> (to_jsonb(OLD) - '{lifted_at,lifted_by_ref,lifted_why}'::text[]) THEN
        RAISE EXCEPTION 'an entry of the list is not changed';
    END IF;
    IF OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'an entry of the list is lifted once';
    END IF;
    IF NEW.lifted_at IS NOT NULL AND (NEW.lifted_why = '' OR NEW.lifted_by_ref = '') THEN
        RAISE EXCEPTION 'an entry of the list is lifted by somebody, for a reason';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER compliance_suppressionentry_only_lifted BEFORE UPDATE ON compliance_suppressionentry
    FOR EACH ROW EXECUTE FUNCTION compliance_suppressionentry_only_lifted();
"""
ALLOW = """
DROP TRIGGER compliance_suppressionentry_only_lifted ON compliance_suppressionentry;
DROP FUNCTION compliance_suppressionentry_only_lifted();
DROP TRIGGER compliance_revocation_only_reviewed ON compliance_revocation;
DROP FUNCTION compliance_revocation_only_reviewed();
DROP TRIGGER compliance_consentrecord_append_only ON compliance_consentrecord;
DROP FUNCTION compliance_consentrecord_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0005_consents_lists_people_states")]
    operations = [
        migrations.AlterField(
            model_name="consentrecord",
            name="evidence",
            field=models.FileField(
                blank=True,
                help_text="A picture of the page, a recording.",
                storage=compliance.models.consent.evidence_storage,
                upload_to="consents/%Y/%m/",
            ),
        ),
        migrations.AlterModelOptions(
            name="consentrecord",
            options={
                "permissions": [
                    ("record_consent", "Can record, import and export consents"),
                    ("see_consent_evidence", "Can open the evidence of consents"),
                ],
                "verbose_name": "consent",
            },
        ),
        migrations.AlterField(
            model_name="revocation",
            name="route",
            field=models.CharField(
                choices=[
                    ("speech", "said on a call"),
                    ("key", "a key pressed on a call"),
                    ("sms", "a text message"),
                    ("web", "the web page"),
                    ("voicemail", "a voicemail"),
                    ("email", "an e-mail"),
                    ("agent", "told to a colleague"),
                    ("admin", "entered by hand"),
                    ("import", "a file"),
                    ("whatsapp", "a WhatsApp message"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
