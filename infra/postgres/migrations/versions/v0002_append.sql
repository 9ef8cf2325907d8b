-- The one way into the ledger: a prefix of a stream's queue, all or nothing, in one statement.
--
-- MZ001  the same event id with another content
-- MZ002  a gap: an event before this one is missing
-- MZ003  another case under this number
-- MZ004  the event does not follow what stands at its place
-- MZ005  a run that a later run of the same chain has replaced
-- MZ006  called in a transaction that cannot see what others committed while it waited

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
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head   ledger.event%ROWTYPE;  -- what stands last in the stream
    stored ledger.event%ROWTYPE;  -- this event, where it is there already
    given  record;
    added  uuid[] := '{}';
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append needs read committed' USING ERRCODE = 'MZ006';
    END IF;
    -- A statement of its own: the head is read by the next one, which sees what the lock was waited for.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_stream, 0));
    SELECT * INTO head FROM ledger.event e WHERE e.stream = p_stream ORDER BY e.position DESC LIMIT 1;

    FOR given IN
        SELECT u.*, sha256(convert_to(u.canonical, 'UTF8')) AS digest
        FROM unnest(p_event_ids, p_sequences, p_previous_ids, p_types, p_occurred_at, p_canonicals)
             WITH ORDINALITY AS u (event_id, sequence, previous_id, type, occurred_at, canonical, place)
        ORDER BY u.place
    LOOP
        SELECT * INTO stored FROM ledger.event e WHERE e.event_id = given.event_id;
        IF FOUND THEN
            -- A retry: it is kept already, and what it must follow was checked then.
            IF stored.digest <> given.digest OR stored.stream <> p_stream THEN
                RAISE EXCEPTION 'event % at % has another content', given.event_id, given.sequence
                    USING ERRCODE = 'MZ001';
            END IF;
        ELSE
            PERFORM ledger.check_place(head, p_application_no, p_run_id, p_chain_run_id,
                                       given.sequence, given.previous_id);
            INSERT INTO ledger.event (event_id, stream, position, sequence, previous_id, application_no, run_id,
                                      chain_run_id, type, occurred_at, canonical, digest, chain_hash)
            VALUES (given.event_id, p_stream, coalesce(head.position + 1, 0), given.sequence, given.previous_id,
                    p_application_no, p_run_id, p_chain_run_id, given.type, given.occurred_at, given.canonical,
                    given.digest,
                    sha256(coalesce(head.chain_hash, sha256(convert_to(p_stream, 'UTF8'))) || given.digest))
            RETURNING * INTO head;
            stored := head;
            added := added || given.event_id;
        END IF;
        last_sequence := stored.sequence;
        last_event_id := stored.event_id;
        last_chain_hash := stored.chain_hash;
    END LOOP;

    INSERT INTO ledger.sealed_field (event_id, path, subject_ref, ciphertext)
        SELECT s.event_id, s.path, s.subject_ref, s.ciphertext
        FROM unnest(p_sealed_event_ids, p_sealed_paths, p_sealed_subjects, p_sealed_ciphertexts)
             AS s (event_id, path, subject_ref, ciphertext)
        WHERE s.event_id = ANY (added);
    RETURN NEXT;
END $$;

-- Whether a new event may stand next in a stream whose head is given; raises where it may not.
CREATE FUNCTION ledger.check_place(
    head             ledger.event,
    p_application_no text,
    p_run_id         text,
    p_chain_run_id   text,
    p_sequence       bigint,
    p_previous_id    uuid
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    expected uuid;
BEGIN
    IF head.event_id IS NOT NULL THEN
        IF head.application_no <> p_application_no OR (
            head.chain_run_id <> p_chain_run_id
            -- An intake that was refused may be handed in again: a new chain begins at 0.
            AND NOT (p_sequence = 0 AND EXISTS (
                SELECT FROM ledger.current_event e
                WHERE e.stream = head.stream AND e.type = 'application_refused'
            ))
        ) THEN
            RAISE EXCEPTION 'stream % belongs to chain %', head.stream, head.chain_run_id USING ERRCODE = 'MZ003';
        END IF;
        -- A late retry of a run that was reset must not take the place of the run that followed it.
        IF head.run_id <> p_run_id AND EXISTS (
            SELECT FROM ledger.event e WHERE e.stream = head.stream AND e.run_id = p_run_id
        ) THEN
            RAISE EXCEPTION 'run % was replaced by run %', p_run_id, head.run_id USING ERRCODE = 'MZ005';
        END IF;
    END IF;

    IF p_sequence > coalesce(head.sequence + 1, 0) THEN
        RAISE EXCEPTION 'sequence % where % is next', p_sequence, coalesce(head.sequence + 1, 0)
            USING ERRCODE = 'MZ002';
    END IF;
    IF p_sequence = head.sequence + 1 THEN
        expected := head.event_id;
    ELSIF p_sequence > 0 THEN
        -- A branch after a reset.  The branch that stands runs from 0 to the head without gaps, so of the events
        -- with one sequence the last kept is the one that stands.
        SELECT e.event_id INTO expected FROM ledger.event e
        WHERE e.stream = head.stream AND e.sequence = p_sequence - 1
        ORDER BY e.position DESC LIMIT 1;
    END IF;
    IF p_previous_id IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'sequence % follows %, not %', p_sequence, expected, p_previous_id USING ERRCODE = 'MZ004';
    END IF;
END $$;

REVOKE EXECUTE ON FUNCTION ledger.append_events(text, text, text, text, uuid[], bigint[], uuid[], text[],
    timestamptz[], text[], uuid[], text[], text[], bytea[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION ledger.check_place(ledger.event, text, text, text, bigint, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append_events(text, text, text, text, uuid[], bigint[], uuid[], text[],
    timestamptz[], text[], uuid[], text[], text[], bytea[]) TO mianzheng_writer;
