-- The feed: a dense leaf index for every event, given by one at a time and away from the append (design §8).

-- A constant for the rows that are there already (no rewrite), the appending transaction for every other.
ALTER TABLE ledger.event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX event_xid ON ledger.event (xid);

COMMENT ON COLUMN ledger.event.xid IS
    'The transaction that appended the row.  Not part of the record: only the sequencer reads it.';

CREATE TABLE ledger.leaf (
    index    bigint PRIMARY KEY CHECK (index >= 0),
    event_id uuid   NOT NULL UNIQUE REFERENCES ledger.event
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.leaf
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE ledger.leaf ENABLE ALWAYS TRIGGER append_only;

COMMENT ON TABLE ledger.leaf IS
    'The place of each event in the one order of all of them: 0, 1, 2 … without gaps, never changed.  Events of one
     stream stand in the order of their positions.';

CREATE TABLE ledger.sequencer (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    cluster bigint  NOT NULL,
    ceiling xid8    NOT NULL,
    pending xid8[]  NOT NULL
);

COMMENT ON TABLE ledger.sequencer IS
    'Where the sequencer looks next: what transactions below ceiling have appended has its leaf, but for those in
     pending, which were still under way.  Transaction numbers mean something in one cluster only.';

-- What was kept before there was a feed: in order of time, and in each stream in order of position.
INSERT INTO ledger.leaf (index, event_id)
    SELECT row_number() OVER (ORDER BY k.since, k.stream, k.position) - 1, k.event_id
    FROM (
        SELECT e.event_id, e.stream, e.position,
               max(e.recorded_at) OVER (PARTITION BY e.stream ORDER BY e.position) AS since
        FROM ledger.event e
    ) AS k;

INSERT INTO ledger.sequencer (cluster, ceiling, pending)
    SELECT c.system_identifier, pg_snapshot_xmin(pg_current_snapshot()), '{}' FROM pg_control_system() c;

-- Restored elsewhere from a dump, the numbers on the rows say nothing: every row gets that of this transaction, by a new
-- column, for rows are never changed.  What has its leaf keeps it.
CREATE FUNCTION ledger.number_anew(p_cluster bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    ALTER TABLE ledger.event DROP COLUMN xid;
    ALTER TABLE ledger.event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
    CREATE INDEX event_xid ON ledger.event (xid);
    UPDATE ledger.sequencer SET cluster = p_cluster, ceiling = pg_snapshot_xmin(pg_current_snapshot()), pending = '{}';
END $$;

-- Gives leaves to events that have none: about p_limit of them, whole transactions; how many, or null while another
-- does it.  All or nothing: whoever is killed in it leaves no trace.
--
-- What a statement sees of a stream is a beginning of it (appends hold the stream's lock to their end), so no order of
-- transactions is needed for the order in a stream: a predecessor without a leaf is visible, and is taken along.
--
-- It looks five times a second for a few rows among millions, and a plan for "from a number on" is guessed to be for a
-- third of them: only plans by index are allowed.
CREATE FUNCTION ledger.sequence_events(p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    here          bigint := (SELECT c.system_identifier FROM pg_control_system() c);
    state         ledger.sequencer%ROWTYPE;
    snapshot      pg_snapshot;
    next          bigint;
    batch         uuid[];
    fresh         bigint;
    last          xid8;
    still_pending xid8[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'sequencing needs read committed' USING ERRCODE = 'MZ006';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('ledger.leaf', 1)) THEN
        RETURN NULL;
    END IF;
    -- Statements of their own: they see what the last holder of the lock committed.
    SELECT * INTO STRICT state FROM ledger.sequencer;
    IF state.cluster <> here THEN
        PERFORM ledger.number_anew(here);
        SELECT * INTO STRICT state FROM ledger.sequencer;
    END IF;
    snapshot := pg_current_snapshot();
    SELECT coalesce(max(l.index) + 1, 0) INTO next FROM ledger.leaf l;

    WITH late AS (
        SELECT e.event_id FROM ledger.event e
        WHERE e.xid = ANY (state.pending)
          AND NOT EXISTS (SELECT FROM ledger.leaf l WHERE l.event_id = e.event_id)
    ), new AS (
        SELECT e.event_id, e.xid FROM ledger.event e
        WHERE e.xid >= state.ceiling
          AND NOT EXISTS (SELECT FROM ledger.leaf l WHERE l.event_id = e.event_id)
        ORDER BY e.xid FETCH FIRST p_limit ROWS WITH TIES
    )
    SELECT array_agg(b.event_id), (SELECT count(*) FROM new), (SELECT n.xid FROM new n ORDER BY n.xid DESC LIMIT 1)
    INTO batch, fresh, last
    FROM (SELECT l.event_id FROM late l UNION SELECT n.event_id FROM new n) AS b;
    state.ceiling := CASE WHEN fresh < p_limit THEN pg_snapshot_xmax(snapshot)
                          ELSE least(last, pg_snapshot_xmax(snapshot)) END;
    still_pending := ARRAY(SELECT x FROM pg_snapshot_xip(snapshot) AS x WHERE x < state.ceiling);
    IF batch IS NULL THEN
        -- What was looked at in vain is not looked at again; written only then, for writing moves the numbers on.
        UPDATE ledger.sequencer s SET ceiling = state.ceiling, pending = still_pending
        WHERE EXISTS (SELECT FROM ledger.event e WHERE e.xid >= s.ceiling);
        RETURN 0;
    END IF;

    WITH RECURSIVE taken AS (
        SELECT e.event_id, e.stream, e.position, e.xid FROM ledger.event e WHERE e.event_id = ANY (batch)
        UNION
        SELECT e.event_id, e.stream, e.position, e.xid
        FROM taken t JOIN ledger.event e ON e.stream = t.stream AND e.position = t.position - 1
        WHERE NOT EXISTS (SELECT FROM ledger.leaf l WHERE l.event_id = e.event_id)
    ), keyed AS (
        -- The lowest transaction from here on in the stream: it never falls along the positions.
        SELECT t.event_id, t.stream, t.position, min(t.xid) OVER (
            PARTITION BY t.stream ORDER BY t.position ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        ) AS since
        FROM taken t
    )
    INSERT INTO ledger.leaf (index, event_id)
        SELECT next - 1 + row_number() OVER (ORDER BY k.since, k.stream, k.position), k.event_id FROM keyed k;
    GET DIAGNOSTICS fresh = ROW_COUNT;

    UPDATE ledger.sequencer SET ceiling = state.ceiling, pending = still_pending;
    PERFORM pg_notify('mianzheng_feed', (next + fresh)::text);
    RETURN fresh;
END $$;

COMMENT ON FUNCTION ledger.sequence_events(integer) IS
    'The one way to a leaf.  Sends mianzheng_feed with the length of the feed when it has grown.';

-- How far each consumer of the feed has come ------------------------------------------------------------------------

CREATE TABLE ledger.consumer (
    name       text        PRIMARY KEY,
    next_index bigint      NOT NULL DEFAULT 0 CHECK (next_index >= 0),
    moved_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE ledger.consumer IS
    'next_index is the first event a consumer has not taken.  It moves in the transaction of the consumer''s own writes;
     set back to 0, with what it wrote removed, the consumer builds itself anew.';

REVOKE EXECUTE ON FUNCTION ledger.sequence_events(integer), ledger.number_anew(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.sequence_events(integer) TO mianzheng_writer;
GRANT SELECT ON ledger.leaf TO mianzheng_writer, mianzheng_reader;
GRANT SELECT ON ledger.consumer TO mianzheng_reader;
GRANT SELECT, INSERT, UPDATE ON ledger.consumer TO mianzheng_writer;
