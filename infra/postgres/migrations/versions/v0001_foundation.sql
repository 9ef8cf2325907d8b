-- Roles, and the schemas catalogue, identity and ledger.
--
-- Who runs this owns everything and is neither writer nor reader.  Login roles are granted one of the two groups.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mianzheng_writer') THEN
        CREATE ROLE mianzheng_writer NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mianzheng_reader') THEN
        CREATE ROLE mianzheng_reader NOLOGIN;
    END IF;
EXCEPTION
    -- Roles belong to the whole server: another database's upgrade may have made them just now.
    WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

CREATE SCHEMA ledger;
CREATE SCHEMA catalogue;
CREATE SCHEMA identity;

GRANT USAGE ON SCHEMA ledger, catalogue, identity TO mianzheng_writer, mianzheng_reader;

-- Append-only -------------------------------------------------------------------------------------------------------

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = 'MZ010';
END $$;

COMMENT ON FUNCTION ledger.refuse_change() IS
    'Refuses UPDATE, DELETE and TRUNCATE to everybody, the owner too.  Its triggers are ENABLE ALWAYS, so that
     session_replication_role does not switch them off; whoever drops them is found by the verifier.';

-- Catalogue ---------------------------------------------------------------------------------------------------------

CREATE TABLE catalogue.version (
    version        text        PRIMARY KEY,
    digest         text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    effective_from date        NOT NULL,
    content        text        NOT NULL,
    published_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX version_effective_from ON catalogue.version (effective_from);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON catalogue.version
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE catalogue.version ENABLE ALWAYS TRIGGER append_only;

GRANT SELECT ON catalogue.version TO mianzheng_writer, mianzheng_reader;
GRANT INSERT (version, digest, effective_from, content) ON catalogue.version TO mianzheng_writer;

-- Identity ----------------------------------------------------------------------------------------------------------

CREATE TABLE identity.subject_key (
    subject_ref  text        PRIMARY KEY CHECK (subject_ref ~ '^s_[0-9a-f]{32}$'),
    wrapped_key  bytea,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);

COMMENT ON TABLE identity.subject_key IS
    'One key per person or company, wrapped under the master key, which the database never sees.  Destroying a key
     erases the person: the row stays as the mark that it was done, so that no new key is made in its place.';

CREATE FUNCTION identity.refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.destroyed_at IS NULL AND NEW.subject_ref = OLD.subject_ref AND NEW.created_at = OLD.created_at THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'identity.subject_key: % refused', TG_OP USING ERRCODE = 'MZ010';
END $$;

CREATE TRIGGER no_revival BEFORE UPDATE OR DELETE ON identity.subject_key
    FOR EACH ROW EXECUTE FUNCTION identity.refuse_revival();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON identity.subject_key
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_revival();
ALTER TABLE identity.subject_key ENABLE ALWAYS TRIGGER no_revival;
ALTER TABLE identity.subject_key ENABLE ALWAYS TRIGGER no_truncate;

GRANT SELECT ON identity.subject_key TO mianzheng_writer, mianzheng_reader;

CREATE FUNCTION identity.ensure_keys(p_refs text[], p_candidates bytea[])
    RETURNS TABLE (subject_ref text, wrapped_key bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- In the order of the names, so that two callers never wait for each other.
    INSERT INTO identity.subject_key (subject_ref, wrapped_key)
        SELECT c.ref, c.candidate FROM unnest(p_refs, p_candidates) AS c (ref, candidate) ORDER BY c.ref
        ON CONFLICT (subject_ref) DO NOTHING;
    -- A statement of its own: it sees what a concurrent caller committed while the insert waited.
    RETURN QUERY SELECT k.subject_ref, k.wrapped_key FROM identity.subject_key k WHERE k.subject_ref = ANY (p_refs);
END $$;

COMMENT ON FUNCTION identity.ensure_keys(text[], bytea[]) IS
    'The wrapped keys of all the subjects; the candidates are kept for those who had none.  A destroyed key is null.';

CREATE FUNCTION identity.destroy_keys(p_refs text[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH destroyed AS (
        UPDATE identity.subject_key SET wrapped_key = NULL, destroyed_at = clock_timestamp()
        WHERE subject_ref = ANY (p_refs) AND destroyed_at IS NULL
        RETURNING 1
    )
    SELECT count(*) FROM destroyed
$$;

COMMENT ON FUNCTION identity.destroy_keys(text[]) IS
    'Erases persons; gives how many had a key.  Not for the workers: an erasure is ordered, and done by the owner.';

REVOKE EXECUTE ON FUNCTION identity.ensure_keys(text[], bytea[]), identity.destroy_keys(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.ensure_keys(text[], bytea[]) TO mianzheng_writer;

-- Ledger ------------------------------------------------------------------------------------------------------------

CREATE TABLE ledger.event (
    event_id       uuid        PRIMARY KEY,
    stream         text        NOT NULL,
    position       bigint      NOT NULL CHECK (position >= 0),
    sequence       bigint      NOT NULL CHECK (sequence >= 0),
    previous_id    uuid,
    application_no text        NOT NULL,
    run_id         text        NOT NULL,
    chain_run_id   text        NOT NULL,
    type           text        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    canonical      text        NOT NULL,
    digest         bytea       NOT NULL CHECK (octet_length(digest) = 32),
    chain_hash     bytea       NOT NULL CHECK (octet_length(chain_hash) = 32),
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (stream, position)
);

CREATE INDEX event_application ON ledger.event (application_no, occurred_at, event_id);

COMMENT ON TABLE ledger.event IS
    'position counts what was kept in a stream, without gaps; sequence is the event''s own place, which a branch after
     a reset takes again.  canonical is RFC 8785 JSON with personal values replaced by their commitments; digest is its
     SHA-256; chain_hash is SHA-256 over the previous chain_hash (of the first: SHA-256 of the stream) and digest.';

CREATE TABLE ledger.sealed_field (
    event_id    uuid  NOT NULL REFERENCES ledger.event,
    path        text  NOT NULL,
    subject_ref text  NOT NULL,
    ciphertext  bytea NOT NULL,
    PRIMARY KEY (event_id, path)
);

CREATE INDEX sealed_field_subject ON ledger.sealed_field (subject_ref);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.sealed_field
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE ledger.sealed_field ENABLE ALWAYS TRIGGER append_only;

CREATE VIEW ledger.current_event AS
    SELECT e.* FROM ledger.event e
    WHERE NOT EXISTS (
        SELECT FROM ledger.event later
        WHERE later.stream = e.stream AND later.position > e.position AND later.sequence <= e.sequence
    );

COMMENT ON VIEW ledger.current_event IS
    'The events that stand: an event with sequence s supersedes what was kept from s on.';

GRANT SELECT ON ledger.event, ledger.sealed_field, ledger.current_event TO mianzheng_writer, mianzheng_reader;
