"""The log of changes that keeps every process in step, and the notices that announce it.

A trigger writes it, so that nobody can change an entry past it: not the admin, not plain SQL.
`xid` is the writing transaction's number; see Note [Watermark] in semcache/levels/changes.py.
"""

from django.db import migrations

FORWARD = """
CREATE TABLE semcache_entry_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT now(),
    entry_id bigint NOT NULL
);
CREATE INDEX semcache_entry_change_xid ON semcache_entry_change (xid);
CREATE INDEX semcache_entry_change_at ON semcache_entry_change (at);

CREATE FUNCTION semcache_log_entry_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO semcache_entry_change (entry_id) SELECT id FROM gone;
    ELSE
        INSERT INTO semcache_entry_change (entry_id) SELECT id FROM come;
    END IF;
    NOTIFY semcache_entries;
    RETURN NULL;
END $$;
CREATE TRIGGER semcache_entry_inserted AFTER INSERT ON semcache_entry
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION semcache_log_entry_change();
CREATE TRIGGER semcache_entry_updated AFTER UPDATE ON semcache_entry
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION semcache_log_entry_change();
CREATE TRIGGER semcache_entry_deleted AFTER DELETE ON semcache_entry
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION semcache_log_entry_change();

CREATE FUNCTION semcache_announce_identities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY semcache_identities;
    RETURN NULL;
END $$;
CREATE TRIGGER semcache_tenant_changed AFTER INSERT OR UPDATE OR DELETE ON semcache_tenant
    FOR EACH STATEMENT EXECUTE FUNCTION semcache_announce_identities();
CREATE TRIGGER semcache_apikey_changed AFTER INSERT OR UPDATE OR DELETE ON semcache_apikey
    FOR EACH STATEMENT EXECUTE FUNCTION semcache_announce_identities();
CREATE TRIGGER semcache_policy_changed AFTER INSERT OR UPDATE OR DELETE ON semcache_policy
    FOR EACH STATEMENT EXECUTE FUNCTION semcache_announce_identities();
"""

BACKWARD = """
DROP TRIGGER semcache_policy_changed ON semcache_policy;
DROP TRIGGER semcache_apikey_changed ON semcache_apikey;
DROP TRIGGER semcache_tenant_changed ON semcache_tenant;
DROP FUNCTION semcache_announce_identities();
DROP TRIGGER semcache_entry_deleted ON semcache_entry;
DROP TRIGGER semcache_entry_updated ON semcache_entry;
DROP TRIGGER semcache_entry_inserted ON semcache_entry;
DROP FUNCTION semcache_log_entry_change();
DROP TABLE semcache_entry_change;
"""


class Migration(migrations.Migration):
    dependencies = [("semcache", "0001_tables")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
