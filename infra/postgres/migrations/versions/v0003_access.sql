-- The access record (who wanted what of which case, and the answer) and the mandates of representatives.
--
-- Both are append-only, and neither holds personal data: principals are staff or system numbers, persons pseudonyms.

CREATE SCHEMA access;
GRANT USAGE ON SCHEMA access TO mianzheng_writer, mianzheng_reader;

CREATE TABLE access.entry (
    entry_id       uuid        PRIMARY KEY,
    kind           text        NOT NULL CHECK (kind IN ('request', 'alarm', 'gap')),
    at             timestamptz NOT NULL,
    principal_id   text,
    roles          text        NOT NULL DEFAULT '',
    department     text,
    action         text        NOT NULL,
    application_no text,
    verdict        text        NOT NULL,
    code           text        NOT NULL DEFAULT '',
    reason         text,
    count          bigint      NOT NULL DEFAULT 1 CHECK (count >= 1),
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX entry_application ON access.entry (application_no, at) WHERE application_no IS NOT NULL;
CREATE INDEX entry_principal ON access.entry (principal_id, at);
CREATE INDEX entry_alarm ON access.entry (at) WHERE kind <> 'request';

COMMENT ON TABLE access.entry IS
    'request: one look or one refusal.  alarm: what the harvesting watch suspects.  gap: so many entries (count) could
     not be kept when requests came faster than the database took them.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access.entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE access.entry ENABLE ALWAYS TRIGGER append_only;

GRANT INSERT (entry_id, kind, at, principal_id, roles, department, action, application_no, verdict, code, reason, count)
    ON access.entry TO mianzheng_writer;
GRANT SELECT ON access.entry TO mianzheng_reader;

-- Mandates ----------------------------------------------------------------------------------------------------------

CREATE TABLE identity.mandate (
    mandate_id         text        PRIMARY KEY,
    party_ref          text        NOT NULL CHECK (party_ref ~ '^s_[0-9a-f]{32}$'),
    representative_ref text        NOT NULL CHECK (representative_ref ~ '^s_[0-9a-f]{32}$'),
    content            text        NOT NULL,
    recorded_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX mandate_party ON identity.mandate (party_ref);

CREATE TABLE identity.mandate_revocation (
    mandate_id text        PRIMARY KEY REFERENCES identity.mandate,
    revoked_by text        NOT NULL,
    reason     text        NOT NULL,
    revoked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.mandate
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE identity.mandate ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.mandate_revocation
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE identity.mandate_revocation ENABLE ALWAYS TRIGGER append_only;

GRANT SELECT ON identity.mandate, identity.mandate_revocation TO mianzheng_writer, mianzheng_reader;
GRANT INSERT (mandate_id, party_ref, representative_ref, content) ON identity.mandate TO mianzheng_writer;
GRANT INSERT (mandate_id, revoked_by, reason) ON identity.mandate_revocation TO mianzheng_writer;
