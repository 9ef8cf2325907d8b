-- Erasing and purging: each only what an event on record says.
--
-- MZ020  no such event, or it does not say so
-- MZ021  the rows are not those of the event

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mianzheng_eraser') THEN
        CREATE ROLE mianzheng_eraser NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

GRANT USAGE ON SCHEMA ledger, identity, access TO mianzheng_eraser;

-- The holds are found without reading the ledger.
CREATE INDEX event_hold ON ledger.event (stream, position) WHERE type IN ('hold_placed', 'hold_released');

-- The body of an event of the register.  Raises MZ020 where there is none, or it was changed.
CREATE FUNCTION ledger.registered(p_event_id uuid, p_type text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kept ledger.event%ROWTYPE;
BEGIN
    SELECT * INTO kept FROM ledger.event e
    WHERE e.event_id = p_event_id AND e.type = p_type AND e.stream LIKE 'register/%';
    IF NOT FOUND OR kept.digest <> sha256(convert_to(kept.canonical, 'UTF8')) THEN
        RAISE EXCEPTION 'no % on record as %', p_type, p_event_id USING ERRCODE = 'MZ020';
    END IF;
    RETURN kept.canonical::jsonb -> 'body';
END $$;

CREATE FUNCTION identity.erase_subject(p_event_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    body jsonb := ledger.registered(p_event_id, 'erasure_begun');
BEGIN
    IF (body ->> 'ordered_by' <> body ->> 'confirmed_by') IS NOT TRUE THEN
        RAISE EXCEPTION 'not ordered by one and confirmed by another' USING ERRCODE = 'MZ020';
    END IF;
    -- A key that was never made is made unmakeable too.
    INSERT INTO identity.subject_key (subject_ref, wrapped_key, destroyed_at)
        VALUES (body ->> 'subject_ref', NULL, clock_timestamp())
        ON CONFLICT (subject_ref) DO UPDATE SET wrapped_key = NULL, destroyed_at = clock_timestamp()
        WHERE identity.subject_key.destroyed_at IS NULL;
    RETURN FOUND;
END $$;

COMMENT ON FUNCTION identity.erase_subject(uuid) IS
    'Destroys the key of the person whom an erasure_begun on record names; whether it was there.';

-- The rows of a class that may go: older than p_before, of no case and no person in p_held; the oldest p_limit.
-- No number of a case is a pseudonym (s_…), so the two stand in one list.
CREATE FUNCTION access.purgeable(p_class text, p_before timestamptz, p_held text[], p_limit bigint)
    RETURNS TABLE (place bigint, id text, hash bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    CASE p_class
    WHEN 'access_record' THEN RETURN QUERY
        SELECT row_number() OVER (ORDER BY e.at, e.entry_id), e.entry_id::text,
               sha256(convert_to(row_to_json(e)::text, 'UTF8'))
        FROM (
            SELECT * FROM access.entry x
            WHERE x.at < p_before AND (x.application_no IS NULL OR x.application_no <> ALL (p_held))
              AND (x.subject_ref IS NULL OR x.subject_ref <> ALL (p_held))
            ORDER BY x.at, x.entry_id LIMIT p_limit
        ) AS e;
    WHEN 'deliveries' THEN RETURN QUERY
        SELECT row_number() OVER (ORDER BY d.ended_at, d.subscription_id, d.index),
               d.subscription_id || '/' || d.index, sha256(convert_to(row_to_json(d)::text, 'UTF8'))
        FROM (
            SELECT * FROM webhooks.delivery x
            WHERE x.state <> 'pending' AND x.ended_at < p_before AND x.application_no <> ALL (p_held)
            ORDER BY x.ended_at, x.subscription_id, x.index LIMIT p_limit
        ) AS d;
    WHEN 'inbox' THEN RETURN QUERY
        SELECT row_number() OVER (ORDER BY m.decided_at, m.platform, m.message_id), m.platform || '/' || m.message_id,
               sha256(convert_to(row_to_json(m)::text, 'UTF8'))
        FROM (
            SELECT * FROM inbox.message x
            WHERE x.decided_at < p_before AND octet_length(x.sealed) > 0
              AND NOT EXISTS (
                  SELECT FROM ledger.event e WHERE e.stream = x.stream AND e.application_no = ANY (p_held)
              )
            ORDER BY x.decided_at, x.platform, x.message_id LIMIT p_limit
        ) AS m;
    ELSE
        RAISE EXCEPTION 'nothing is purged as %', p_class USING ERRCODE = 'MZ020';
    END CASE;
END $$;

CREATE FUNCTION access.purge_digest(p_class text, p_before timestamptz, p_held text[], p_limit bigint)
    RETURNS TABLE (count bigint, digest text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*), encode(sha256(coalesce(string_agg(p.hash, ''::bytea ORDER BY p.place), ''::bytea)), 'hex')
    FROM access.purgeable(p_class, p_before, p_held, p_limit) AS p
$$;

COMMENT ON FUNCTION access.purge_digest(text, timestamptz, text[], bigint) IS
    'How many rows may go, and SHA-256 over the SHA-256 of each, as JSON, in their order.';

CREATE FUNCTION access.purge(p_event_id uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    body   jsonb       := ledger.registered(p_event_id, 'purged');
    class  text        := body ->> 'purge_class';
    before timestamptz := (body ->> 'before')::timestamptz;
    held   text[]      := ARRAY(SELECT jsonb_array_elements_text(body -> 'held'));
    wanted bigint      := (body ->> 'count')::bigint;
    ids    text[];
    found  text;
BEGIN
    IF before > clock_timestamp() - interval '180 days' THEN
        RAISE EXCEPTION 'before the shortest period is over' USING ERRCODE = 'MZ020';
    END IF;
    IF class = 'access_record' THEN
        LOCK TABLE access.entry IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    SELECT array_agg(p.id ORDER BY p.place),
           encode(sha256(coalesce(string_agg(p.hash, ''::bytea ORDER BY p.place), ''::bytea)), 'hex')
    INTO ids, found FROM access.purgeable(class, before, held, wanted) AS p;
    IF coalesce(cardinality(ids), 0) <> wanted OR found <> body ->> 'digest' THEN
        RAISE EXCEPTION 'the rows are not those of event %', p_event_id USING ERRCODE = 'MZ021';
    END IF;
    CASE class
    WHEN 'access_record' THEN
        -- The one way past the trigger: in this transaction, for these rows.
        ALTER TABLE access.entry DISABLE TRIGGER append_only;
        DELETE FROM access.entry e WHERE e.entry_id = ANY (ids::uuid[]);
        ALTER TABLE access.entry ENABLE ALWAYS TRIGGER append_only;
    WHEN 'deliveries' THEN
        DELETE FROM webhooks.attempt a USING unnest(ids) AS gone (id)
            WHERE a.subscription_id = split_part(gone.id, '/', 1)::uuid AND a.index = split_part(gone.id, '/', 2)::bigint;
        DELETE FROM webhooks.delivery d USING unnest(ids) AS gone (id)
            WHERE d.subscription_id = split_part(gone.id, '/', 1)::uuid AND d.index = split_part(gone.id, '/', 2)::bigint;
    WHEN 'inbox' THEN
        UPDATE inbox.message m SET sealed = '' FROM unnest(ids) AS gone (id)
            WHERE m.platform = split_part(gone.id, '/', 1)
              AND m.message_id = substr(gone.id, length(split_part(gone.id, '/', 1)) + 2);
    END CASE;
    RETURN wanted;
END $$;

COMMENT ON FUNCTION access.purge(uuid) IS
    'Removes exactly the rows that a purged on record counts and hashes, or raises MZ021 and removes none.';

REVOKE EXECUTE ON FUNCTION ledger.registered(uuid, text), identity.erase_subject(uuid),
    access.purgeable(text, timestamptz, text[], bigint), access.purge_digest(text, timestamptz, text[], bigint),
    access.purge(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.erase_subject(uuid),
    access.purge_digest(text, timestamptz, text[], bigint), access.purge(uuid) TO mianzheng_eraser;
