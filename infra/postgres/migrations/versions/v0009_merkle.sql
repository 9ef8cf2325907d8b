-- The Merkle log over the feed (RFC 6962): perfect subtrees, signed heads, and where these were placed.

CREATE TABLE ledger.merkle_log (
    log    smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin text NOT NULL UNIQUE,
    suite  text NOT NULL CHECK (suite IN ('sha256-ed25519', 'sm3-sm2'))
);

COMMENT ON TABLE ledger.merkle_log IS
    'One log for each origin; its suite never changes.  Another suite is another log, over the same feed from leaf 0.';

CREATE TABLE ledger.merkle_node (
    log   smallint NOT NULL REFERENCES ledger.merkle_log,
    level smallint NOT NULL CHECK (level >= 0),
    index bigint   NOT NULL CHECK (index >= 0),
    hash  bytea    NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (log, level, index)
);

COMMENT ON TABLE ledger.merkle_node IS
    'The root of the leaves from index * 2^level, 2^level of them: perfect subtrees only, so no row ever changes.  The
     tree has as many leaves as there are rows of level 0.';

CREATE TABLE ledger.checkpoint (
    log       smallint    NOT NULL REFERENCES ledger.merkle_log,
    size      bigint      NOT NULL CHECK (size >= 1),
    root      bytea       NOT NULL CHECK (octet_length(root) = 32),
    note      text        NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, size)
);

COMMENT ON TABLE ledger.checkpoint IS 'Signed heads of the tree, as C2SP tlog-checkpoint.';

CREATE TABLE ledger.placement (
    log       smallint    NOT NULL,
    size      bigint      NOT NULL,
    place     text        NOT NULL,
    line      text        NOT NULL DEFAULT '',
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, size, place),
    FOREIGN KEY (log, size) REFERENCES ledger.checkpoint
);

COMMENT ON TABLE ledger.placement IS
    'Which head was taken by which place outside; of a witness, line is its cosignature (C2SP tlog-cosignature).';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['merkle_log', 'merkle_node', 'checkpoint', 'placement'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER append_only', name);
        EXECUTE format('GRANT SELECT ON ledger.%I TO mianzheng_writer, mianzheng_reader', name);
    END LOOP;
END $$;

GRANT INSERT (origin, suite) ON ledger.merkle_log TO mianzheng_writer;
GRANT INSERT ON ledger.merkle_node TO mianzheng_writer;
GRANT INSERT (log, size, root, note) ON ledger.checkpoint TO mianzheng_writer;
GRANT INSERT (log, size, place, line) ON ledger.placement TO mianzheng_writer;
