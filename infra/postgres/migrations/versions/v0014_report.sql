-- The register has no branches; and its submissions and reports are found by their month.

CREATE OR REPLACE FUNCTION ledger.check_place(
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

    -- Nobody resets the register: what would be a branch there is another entry that came second.
    IF starts_with(head.stream, 'register/') AND p_sequence <= head.sequence THEN
        RAISE EXCEPTION 'sequence % of % is entered', p_sequence, head.stream USING ERRCODE = 'MZ004';
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

-- Submissions of departments and reports: a handful of rows a month, found by the beginning of their stream.

CREATE INDEX event_report ON ledger.event (stream text_pattern_ops)
    WHERE type IN ('submission_received', 'report_issued', 'report_sent');

COMMENT ON INDEX ledger.event_report IS
    'register/submission/<month>/… and register/report/<kind>/…: looked up by prefix, which the index of streams, in
     the database''s own collation, does not serve.';
