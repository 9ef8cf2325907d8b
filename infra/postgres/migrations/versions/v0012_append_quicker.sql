-- The same append with fewer statements.  What is quick is the common call: events that are not there yet and follow
-- each other.  They are checked as one, chained in memory and inserted at once; every other call goes event by event,
-- by the function there was, and gives the same rows and the same refusals.
--
-- Refused besides: MZ007, a person of the events was erased.
--
-- A plan made while the ledger is nearly empty would read all of it, and be kept: only plans by index are allowed.

ALTER FUNCTION ledger.append_events(text, text, text, text, uuid[], bigint[], uuid[], text[], timestamptz[], text[],
    uuid[], text[], text[], bytea[]) RENAME TO append_one_by_one;
REVOKE EXECUTE ON FUNCTION ledger.append_one_by_one(text, text, text, text, uuid[], bigint[], uuid[], text[],
    timestamptz[], text[], uuid[], text[], text[], bytea[]) FROM mianzheng_writer;

CREATE FUNCTION ledger.append_events(
    p_stream             text,
    p_application_no     text,
    p_run_id             text,
    p_chain_run_id       text,
    p_event_ids          uuid[],
    p_sequences          bigint[],
    p_previous_ids       uuid[],
    p_types              text[],
    p_occurred_at        timestamptz[],
    p_canonicals         text[],
    p_sealed_event_ids   uuid[],
    p_sealed_paths       text[],
    p_sealed_subjects    text[],
    p_sealed_ciphertexts bytea[]
) RETURNS TABLE (last_sequence bigint, last_event_id uuid, last_chain_hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    head    ledger.event%ROWTYPE;  -- what stands last in the stream
    count   integer := cardinality(p_event_ids);
    digests bytea[] := '{}';
    chain   bytea[] := '{}';
    follow  boolean := true;       -- each event is the one before it, one further
    hash    bytea;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append needs read committed' USING ERRCODE = 'MZ006';
    END IF;
    -- A statement of its own: the head is read by the next one, which sees what the lock was waited for.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_stream, 0));
    FOR i IN 2 .. count LOOP
        follow := follow AND p_sequences[i] = p_sequences[i - 1] + 1
                  AND p_previous_ids[i] IS NOT DISTINCT FROM p_event_ids[i - 1];
    END LOOP;
    -- A key may live in a worker's memory for a moment after its person was erased; nothing more is kept of him.
    IF EXISTS (SELECT FROM unnest(p_sealed_event_ids, p_sealed_subjects) AS s (event_id, subject_ref)
               JOIN identity.subject_key k ON k.subject_ref = s.subject_ref AND k.destroyed_at IS NOT NULL
               WHERE NOT EXISTS (SELECT FROM ledger.event e WHERE e.event_id = s.event_id)) THEN
        RAISE EXCEPTION 'a person of these events was erased' USING ERRCODE = 'MZ007';
    END IF;
    IF NOT follow OR EXISTS (SELECT FROM ledger.event e WHERE e.event_id = ANY (p_event_ids)) THEN
        RETURN QUERY SELECT a.last_sequence, a.last_event_id, a.last_chain_hash
            FROM ledger.append_one_by_one(p_stream, p_application_no, p_run_id, p_chain_run_id, p_event_ids,
                p_sequences, p_previous_ids, p_types, p_occurred_at, p_canonicals, p_sealed_event_ids,
                p_sealed_paths, p_sealed_subjects, p_sealed_ciphertexts) a;
        RETURN;
    END IF;

    SELECT * INTO head FROM ledger.event e WHERE e.stream = p_stream ORDER BY e.position DESC LIMIT 1;
    PERFORM ledger.check_place(head, p_application_no, p_run_id, p_chain_run_id, p_sequences[1], p_previous_ids[1]);
    hash := coalesce(head.chain_hash, sha256(convert_to(p_stream, 'UTF8')));
    FOR i IN 1 .. count LOOP
        digests[i] := sha256(convert_to(p_canonicals[i], 'UTF8'));
        hash := sha256(hash || digests[i]);
        chain[i] := hash;
    END LOOP;
    INSERT INTO ledger.event (event_id, stream, position, sequence, previous_id, application_no, run_id,
                              chain_run_id, type, occurred_at, canonical, digest, chain_hash)
        SELECT u.event_id, p_stream, coalesce(head.position, -1) + u.place, u.sequence, u.previous_id,
               p_application_no, p_run_id, p_chain_run_id, u.type, u.occurred_at, u.canonical, u.digest, u.hash
        FROM unnest(p_event_ids, p_sequences, p_previous_ids, p_types, p_occurred_at, p_canonicals, digests, chain)
             WITH ORDINALITY AS u (event_id, sequence, previous_id, type, occurred_at, canonical, digest, hash, place)
        ORDER BY u.place;
    INSERT INTO ledger.sealed_field (event_id, path, subject_ref, ciphertext)
        SELECT s.event_id, s.path, s.subject_ref, s.ciphertext
        FROM unnest(p_sealed_event_ids, p_sealed_paths, p_sealed_subjects, p_sealed_ciphertexts)
             AS s (event_id, path, subject_ref, ciphertext)
        WHERE s.event_id = ANY (p_event_ids);
    last_sequence := p_sequences[count];
    last_event_id := p_event_ids[count];
    last_chain_hash := hash;
    RETURN NEXT;
END $$;

REVOKE EXECUTE ON FUNCTION ledger.append_events(text, text, text, text, uuid[], bigint[], uuid[], text[],
    timestamptz[], text[], uuid[], text[], text[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append_events(text, text, text, text, uuid[], bigint[], uuid[], text[],
    timestamptz[], text[], uuid[], text[], text[], bytea[]) TO mianzheng_writer;
