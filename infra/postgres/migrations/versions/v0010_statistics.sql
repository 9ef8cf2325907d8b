-- Statistics: a read model of the ledger, dropped and built anew at will (design §8).  Nothing personal stands in it.

CREATE SCHEMA statistics;
GRANT USAGE ON SCHEMA statistics TO mianzheng_writer, mianzheng_reader;

CREATE TABLE statistics.unit (
    unit       text   COLLATE "C" PRIMARY KEY,
    leaf_index bigint NOT NULL
);

CREATE INDEX unit_leaf ON statistics.unit (leaf_index);

COMMENT ON TABLE statistics.unit IS
    'A case with all its streams, or a stream of the register; leaf_index is its last event that was taken.';

CREATE TABLE statistics.unreadable (
    unit       text   COLLATE "C" PRIMARY KEY,
    leaf_index bigint NOT NULL,
    reason     text   NOT NULL
);

COMMENT ON TABLE statistics.unreadable IS
    'Units whose events cannot be folded: they count for nothing, and nothing else waits for them.';

CREATE TABLE statistics.fact (
    unit        text COLLATE "C" NOT NULL,
    measure     text COLLATE "C" NOT NULL,
    detail      text COLLATE "C" NOT NULL,
    day         date NOT NULL,
    department  text COLLATE "C" NOT NULL,
    taken_in_by text COLLATE "C" NOT NULL,
    item        text COLLATE "C" NOT NULL,
    evidence    text COLLATE "C" NOT NULL,
    issuer      text COLLATE "C" NOT NULL,
    route       text COLLATE "C" NOT NULL,
    seconds     bigint
);

CREATE INDEX fact_unit ON statistics.fact (unit);
CREATE INDEX fact_timed ON statistics.fact (day, measure) WHERE seconds IS NOT NULL;

COMMENT ON TABLE statistics.fact IS
    'Everything counted, one row each (schemas/statistics.py).  Medians are taken over these, numbers over the totals.';

CREATE TABLE statistics.total (
    day         date,
    department  text COLLATE "C",
    measure     text COLLATE "C",
    detail      text COLLATE "C",
    taken_in_by text COLLATE "C",
    item        text COLLATE "C",
    evidence    text COLLATE "C",
    issuer      text COLLATE "C",
    route       text COLLATE "C",
    number      bigint NOT NULL,
    PRIMARY KEY (day, department, measure, detail, taken_in_by, item, evidence, issuer, route)
);

CREATE INDEX total_nothing ON statistics.total (day) WHERE number = 0;

COMMENT ON TABLE statistics.total IS
    'How many facts are alike but for their unit: what the facts add up to, kept with them in one transaction.';

GRANT SELECT ON ALL TABLES IN SCHEMA statistics TO mianzheng_writer, mianzheng_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA statistics TO mianzheng_writer;
