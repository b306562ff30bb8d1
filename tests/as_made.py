"""How a test that commits leaves the tables: as the migrations had made them.

Django empties every table and makes permissions, groups and the law anew, which takes longer than most tests. Here the
rows of the beginning are kept beside, and only what a test has touched is put back.
"""

from django.db import connection
from django.test import TransactionTestCase

# Triggers and foreign keys look away: rows that nobody may change are removed as well.
_KEEP = """
DROP SCHEMA IF EXISTS as_made CASCADE;
CREATE SCHEMA as_made;
DO $$
DECLARE found text; has_rows boolean;
BEGIN
    FOR found IN SELECT relname FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', found) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('CREATE TABLE as_made.%I AS TABLE public.%I', found, found);
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION as_made.put_back() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE found text; was_kept boolean; is_touched boolean;
BEGIN
    FOR found, was_kept IN SELECT relname, to_regclass(format('as_made.%I', relname)) IS NOT NULL FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition LOOP
        IF was_kept THEN
            EXECUTE format('SELECT EXISTS (TABLE public.%1$I EXCEPT TABLE as_made.%1$I)
                            OR (SELECT count(*) FROM public.%1$I) <> (SELECT count(*) FROM as_made.%1$I)', found)
            INTO is_touched;
        ELSE
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', found) INTO is_touched;
        END IF;
        IF is_touched THEN
            EXECUTE format('DELETE FROM public.%I', found);
            IF was_kept THEN
                EXECUTE format('INSERT INTO public.%1$I TABLE as_made.%1$I', found);
            END IF;
        END IF;
    END LOOP;
END $$;
"""


def remember() -> None:
    """Keep the rows that are there now; from here on they are what every test finds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (may_look_away,) = cursor.fetchone() or (False,)
        if not may_look_away:  # a server of somebody else's: Django's own way, which takes its time
            return
        cursor.execute(_KEEP)
    TransactionTestCase._fixture_teardown = _put_back  # type: ignore[method-assign]


def _put_back(_: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT as_made.put_back()")


def show_everybody_out() -> None:
    """End what other sessions of this database a thread has left behind: it could not be dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
