"""The store's layout, as ordered migrations.

Version N is what the first N migrations make. A migration is never edited once released: add another behind it.
Columns are typed; JSON holds raw transcripts of settings and measurements that nothing filters or gates on.
No foreign keys, and from version 5 on no keys of what grows with every answer: rows arrive in batches from resumable
steps, and identity is by content hash, so an insert that repeats a row is a no-op rather than an error.
Views (`v_*`) are what people and reports read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop.store.views import VIEWS

if TYPE_CHECKING:
    import duckdb

TABLES = """
CREATE TABLE runs (
    id VARCHAR PRIMARY KEY,               -- first 16 hex digits of settings_sha256
    settings_sha256 VARCHAR NOT NULL,     -- of what determines results: settings, base and pack
    profile VARCHAR NOT NULL, base VARCHAR NOT NULL, base_sha256 VARCHAR NOT NULL,
    pack VARCHAR NOT NULL, pack_sha256 VARCHAR NOT NULL, seed BIGINT NOT NULL,
    settings JSON NOT NULL, started TIMESTAMPTZ NOT NULL DEFAULT now());

CREATE TABLE cycles (
    id VARCHAR PRIMARY KEY, number INTEGER NOT NULL, seed BIGINT NOT NULL, settings_sha256 VARCHAR NOT NULL,
    state VARCHAR NOT NULL, step VARCHAR NOT NULL, reason VARCHAR NOT NULL DEFAULT '',
    champion VARCHAR NOT NULL, dataset VARCHAR NOT NULL DEFAULT '', challenger VARCHAR NOT NULL DEFAULT '',
    started TIMESTAMPTZ NOT NULL DEFAULT now(), finished TIMESTAMPTZ);

CREATE TABLE tasks (
    id VARCHAR PRIMARY KEY, pack VARCHAR NOT NULL, family VARCHAR NOT NULL, split VARCHAR NOT NULL,
    type VARCHAR NOT NULL, composition VARCHAR[] NOT NULL, prompt VARCHAR NOT NULL, spec JSON NOT NULL);

CREATE TABLE samples (
    id VARCHAR PRIMARY KEY,               -- sha256 of purpose, task, index, adapter, temperature, seed
    purpose VARCHAR NOT NULL,             -- practice | audit
    cycle_id VARCHAR, audit_id VARCHAR, task_id VARCHAR NOT NULL,
    idx INTEGER NOT NULL,                 -- 0..k-1; -1 for the greedy one
    adapter VARCHAR NOT NULL, base_sha256 VARCHAR NOT NULL, prompt_sha256 VARCHAR NOT NULL,
    temperature DOUBLE NOT NULL, seed BIGINT NOT NULL,
    completion VARCHAR NOT NULL, code VARCHAR, code_sha256 VARCHAR,  -- code: NULL when none could be parsed
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish VARCHAR NOT NULL,
    created TIMESTAMPTZ NOT NULL DEFAULT now());

CREATE TABLE verdicts (
    sample_id VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL, evidence VARCHAR NOT NULL, tier VARCHAR NOT NULL,
    oracle VARCHAR NOT NULL, seconds DOUBLE NOT NULL, cases_passed INTEGER NOT NULL, cases_total INTEGER NOT NULL,
    graded TIMESTAMPTZ NOT NULL DEFAULT now());

CREATE TABLE datasets (
    manifest VARCHAR PRIMARY KEY,         -- sha256 of the JSONL's bytes
    base_sha256 VARCHAR NOT NULL, cycle_id VARCHAR, n_rows INTEGER NOT NULL, n_tasks INTEGER NOT NULL,
    candidates INTEGER NOT NULL, counters JSON NOT NULL, source_cycles VARCHAR[] NOT NULL,
    created TIMESTAMPTZ NOT NULL DEFAULT now());

CREATE TABLE dataset_rows (
    manifest VARCHAR NOT NULL, position INTEGER NOT NULL, sample_id VARCHAR NOT NULL,
    PRIMARY KEY (manifest, position));

CREATE TABLE adapters (
    sha256 VARCHAR PRIMARY KEY,           -- of adapter.gguf
    base VARCHAR NOT NULL, base_sha256 VARCHAR NOT NULL, dataset VARCHAR NOT NULL, cycle_id VARCHAR,
    seconds DOUBLE NOT NULL, hyperparameters JSON NOT NULL, metrics JSON NOT NULL, parity JSON NOT NULL,
    created TIMESTAMPTZ NOT NULL DEFAULT now());

CREATE TABLE audits (
    id VARCHAR PRIMARY KEY,               -- hash of everything that determines it
    protocol VARCHAR NOT NULL,            -- the same without the adapter: equal protocols are paired
    adapter VARCHAR NOT NULL, base_sha256 VARCHAR NOT NULL, split VARCHAR NOT NULL, k INTEGER NOT NULL,
    temperature DOUBLE NOT NULL, seed BIGINT NOT NULL, pack VARCHAR NOT NULL, pack_sha256 VARCHAR NOT NULL,
    oracle_seed BIGINT NOT NULL, cases INTEGER NOT NULL, n_tasks INTEGER NOT NULL, cycle_id VARCHAR,
    state VARCHAR NOT NULL,               -- running | finished
    tier VARCHAR NOT NULL DEFAULT '',
    pass_at_1 DOUBLE, ci_low DOUBLE, ci_high DOUBLE, pass_at_k DOUBLE, greedy DOUBLE,
    format_errors INTEGER, infra INTEGER, tokens_per_call DOUBLE, seconds DOUBLE,
    started TIMESTAMPTZ NOT NULL DEFAULT now(), finished TIMESTAMPTZ);

CREATE TABLE decisions (
    id VARCHAR PRIMARY KEY,               -- hash of the two audits, the policy and the seed
    cycle_id VARCHAR, champion VARCHAR NOT NULL, challenger VARCHAR NOT NULL,
    champion_audit VARCHAR NOT NULL, challenger_audit VARCHAR NOT NULL, outcome VARCHAR NOT NULL,
    delta DOUBLE NOT NULL, p_value DOUBLE NOT NULL, ci_low DOUBLE NOT NULL, ci_high DOUBLE NOT NULL,
    minimum_detectable_effect DOUBLE, reasons VARCHAR[] NOT NULL, policy JSON NOT NULL, details JSON NOT NULL,
    created TIMESTAMPTZ NOT NULL DEFAULT now());

CREATE TABLE promotions (                 -- a projection of the git registry: can be dropped and rebuilt
    stage VARCHAR NOT NULL, position INTEGER NOT NULL, action VARCHAR NOT NULL, version VARCHAR NOT NULL,
    adapter VARCHAR NOT NULL, git_commit VARCHAR NOT NULL, created TIMESTAMPTZ, forced_reason VARCHAR NOT NULL,
    manifest JSON NOT NULL, PRIMARY KEY (stage, position));

CREATE TABLE step_times (
    cycle_id VARCHAR NOT NULL, step VARCHAR NOT NULL, kind VARCHAR NOT NULL, seconds DOUBLE NOT NULL,
    recorded TIMESTAMPTZ NOT NULL DEFAULT now());
"""

HONEYPOTS_AND_CLASSES = """
ALTER TABLE verdicts ADD COLUMN oracle_class VARCHAR DEFAULT 'A';  -- B: asserted in the candidate's own process
ALTER TABLE audits ADD COLUMN honeypots INTEGER DEFAULT 0;         -- answers to honeypots that were graded
ALTER TABLE audits ADD COLUMN honeypot_passes INTEGER DEFAULT 0;

CREATE TABLE freezes (                    -- harvesting, training and promoting rest while one is not lifted
    id VARCHAR PRIMARY KEY,               -- first 16 hex digits of sample_id: a proof freezes once
    reason VARCHAR NOT NULL, audit_id VARCHAR NOT NULL, sample_id VARCHAR NOT NULL,
    created TIMESTAMPTZ NOT NULL DEFAULT now(), lifted TIMESTAMPTZ, lifted_by_reason VARCHAR NOT NULL DEFAULT '');
"""

STAGES = """
ALTER TABLE samples ADD COLUMN stage VARCHAR DEFAULT 'implementation';
ALTER TABLE samples ADD COLUMN call_id VARCHAR DEFAULT '';         -- the question: task, stage, item and prompt
ALTER TABLE samples ADD COLUMN question VARCHAR DEFAULT '';        -- where a stage asks several kinds: points | depends
ALTER TABLE samples ADD COLUMN item VARCHAR DEFAULT '';            -- what of the task it is about: a path, a symbol
ALTER TABLE samples ADD COLUMN trajectory VARCHAR DEFAULT '';      -- the attempt at the task that it belongs to
ALTER TABLE samples ADD COLUMN label VARCHAR;                      -- the right answer; NULL: the oracle decides
ALTER TABLE samples ADD COLUMN positive VARCHAR DEFAULT '';        -- the answer that precision and recall count
ALTER TABLE samples ADD COLUMN dropped VARCHAR[] DEFAULT [];       -- what did not fit into the prompt
ALTER TABLE samples ADD COLUMN think_tokens INTEGER DEFAULT 0;     -- of completion_tokens, those of the thought
ALTER TABLE samples ADD COLUMN seconds DOUBLE DEFAULT 0;           -- of sampling: since the completion before it
ALTER TABLE tasks ADD COLUMN truth JSON;                           -- labels of a task on a project
ALTER TABLE cycles ADD COLUMN stage VARCHAR DEFAULT 'implementation';
ALTER TABLE datasets ADD COLUMN stage VARCHAR DEFAULT 'implementation';
ALTER TABLE adapters ADD COLUMN stage VARCHAR DEFAULT 'implementation';
ALTER TABLE decisions ADD COLUMN stage VARCHAR DEFAULT 'implementation';
ALTER TABLE audits ADD COLUMN stage VARCHAR DEFAULT 'implementation';  -- or "chain": all stages, end to end
ALTER TABLE audits ADD COLUMN judged_precision DOUBLE;             -- of judgments; NULL where nothing is judged
ALTER TABLE audits ADD COLUMN judged_recall DOUBLE;
ALTER TABLE audits ADD COLUMN think_tokens_per_call DOUBLE DEFAULT 0;

CREATE TABLE prompts (
    sha256 VARCHAR PRIMARY KEY,           -- of the rendered text, as samples.prompt_sha256 has it
    text VARCHAR NOT NULL);

CREATE TABLE trajectories (               -- one attempt at a task through the whole chain
    id VARCHAR PRIMARY KEY, audit_id VARCHAR NOT NULL, task_id VARCHAR NOT NULL, idx INTEGER NOT NULL,
    route VARCHAR NOT NULL, outcome VARCHAR NOT NULL,  -- the verdict's kind
    broke_at VARCHAR NOT NULL,            -- the stage after which nothing could be written; "" when something was
    evidence VARCHAR NOT NULL, calls INTEGER NOT NULL, created TIMESTAMPTZ NOT NULL DEFAULT now());
"""

JUDGMENTS = """
ALTER TABLE samples ADD COLUMN score DOUBLE;                       -- of the option that was read, among the options
ALTER TABLE samples ADD COLUMN entropy DOUBLE;                     -- of the options' scores, nats
ALTER TABLE samples ADD COLUMN mass DOUBLE;                        -- of the options together; NULL: not off the logits
"""

TRAINING_SETS = """
ALTER TABLE datasets ADD COLUMN method VARCHAR DEFAULT 'sft';
ALTER TABLE datasets ADD COLUMN policy JSON;                       -- the settings that chose the rows
ALTER TABLE dataset_rows ADD COLUMN role VARCHAR DEFAULT 'example';  -- example | chosen | rejected | prompt

CREATE TABLE sketches (                   -- of code: what near-duplicates and contamination are found by
    code_sha256 VARCHAR NOT NULL, version INTEGER NOT NULL,  -- of how sketches are made
    tree_sha256 VARCHAR,                  -- NULL: it is no whole C
    bands UBIGINT[] NOT NULL);

CREATE TABLE dataset_removed (            -- rows that coincide with a held-out solution, and with which
    manifest VARCHAR NOT NULL, sample_id VARCHAR NOT NULL, held_out_task VARCHAR NOT NULL, overlap DOUBLE NOT NULL,
    found_by VARCHAR NOT NULL);           -- ngrams | tree

-- An index of random ids is read and written as a whole by every batch: at ten million rows that is all the time there
-- is. The tables that grow with every answer have none; `loop.store.write` looks for ids that are there already.
CREATE TABLE keyless_samples (
    id VARCHAR NOT NULL, purpose VARCHAR NOT NULL, cycle_id VARCHAR, audit_id VARCHAR, task_id VARCHAR NOT NULL,
    idx INTEGER NOT NULL, adapter VARCHAR NOT NULL, base_sha256 VARCHAR NOT NULL, prompt_sha256 VARCHAR NOT NULL,
    temperature DOUBLE NOT NULL, seed BIGINT NOT NULL, completion VARCHAR NOT NULL, code VARCHAR, code_sha256 VARCHAR,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish VARCHAR NOT NULL,
    created TIMESTAMPTZ NOT NULL DEFAULT now(), stage VARCHAR DEFAULT 'implementation', call_id VARCHAR DEFAULT '',
    question VARCHAR DEFAULT '', item VARCHAR DEFAULT '', trajectory VARCHAR DEFAULT '', label VARCHAR,
    positive VARCHAR DEFAULT '', dropped VARCHAR[] DEFAULT [], think_tokens INTEGER DEFAULT 0, seconds DOUBLE DEFAULT 0,
    score DOUBLE, entropy DOUBLE, mass DOUBLE,
    source VARCHAR DEFAULT 'own',         -- own | teacher | agent: who wrote the completion
    source_name VARCHAR DEFAULT '');      -- which teacher, which agent's log
INSERT INTO keyless_samples BY NAME SELECT * FROM samples;
DROP TABLE samples;
ALTER TABLE keyless_samples RENAME TO samples;

CREATE TABLE keyless_verdicts (
    sample_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, evidence VARCHAR NOT NULL, tier VARCHAR NOT NULL,
    oracle VARCHAR NOT NULL, seconds DOUBLE NOT NULL, cases_passed INTEGER NOT NULL, cases_total INTEGER NOT NULL,
    graded TIMESTAMPTZ NOT NULL DEFAULT now(), oracle_class VARCHAR DEFAULT 'A');
INSERT INTO keyless_verdicts BY NAME SELECT * FROM verdicts;
DROP TABLE verdicts;
ALTER TABLE keyless_verdicts RENAME TO verdicts;

CREATE TABLE keyless_prompts (sha256 VARCHAR NOT NULL, text VARCHAR NOT NULL);
INSERT INTO keyless_prompts BY NAME SELECT * FROM prompts;
DROP TABLE prompts;
ALTER TABLE keyless_prompts RENAME TO prompts;
"""

AUDIT_LEDGER = """
ALTER TABLE audits ADD COLUMN budget INTEGER;  -- completions a task that it may grow to; k: that it has
UPDATE audits SET budget = k;

CREATE TABLE audit_sets (                 -- the held-out tasks that a stage's attempts are judged on
    id VARCHAR NOT NULL, task_id VARCHAR NOT NULL, PRIMARY KEY (id, task_id));

CREATE TABLE audit_attempts (             -- what each attempt at a promotion may spend of its audit set
    id VARCHAR PRIMARY KEY,               -- hash of its two audits
    stage VARCHAR NOT NULL, audit_set VARCHAR NOT NULL, number INTEGER NOT NULL,
    alpha DOUBLE NOT NULL, looks INTEGER[] NOT NULL,  -- laid down before the first look
    champion VARCHAR NOT NULL, challenger VARCHAR NOT NULL,
    champion_audit VARCHAR NOT NULL, challenger_audit VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL DEFAULT '',  -- '' until it is settled
    created TIMESTAMPTZ NOT NULL DEFAULT now());
"""

APPROVALS = """
CREATE TABLE approvals (                  -- promotions that a person is, or was, asked about
    id VARCHAR PRIMARY KEY,               -- 12 hex digits of a hash of the decision and the cycle
    stage VARCHAR NOT NULL, adapter VARCHAR NOT NULL, decision VARCHAR NOT NULL, cycle_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL DEFAULT 'pending',  -- pending | approved | rejected | expired
    created TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires TIMESTAMPTZ,                  -- NULL: it waits for ever
    answered TIMESTAMPTZ,                 -- or expired
    answered_by VARCHAR NOT NULL DEFAULT '',   -- "cli NAME" | prefect; "" where nobody did
    reason VARCHAR NOT NULL DEFAULT '',
    flow_run VARCHAR NOT NULL DEFAULT '', flow_run_name VARCHAR NOT NULL DEFAULT '');  -- which waits for it
"""

TAINTS = """
CREATE TABLE taints (                     -- an oracle, or a task, that turned out to be wrong
    id VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL,  -- oracle | task
    subject VARCHAR NOT NULL,             -- a value of verdicts.oracle, or a task's id
    reason VARCHAR NOT NULL,
    excluded BOOLEAN NOT NULL,            -- the task stands as wrong; of several of a subject the newest says so
    was JSON,                             -- the task's spec and truth, where the pack has others by now
    created TIMESTAMPTZ NOT NULL DEFAULT now(),
    finished TIMESTAMPTZ,                 -- NULL: some samples are still to be graded again
    counts JSON NOT NULL);

CREATE TABLE verdicts_recalled (          -- verdicts as they were before a taint had their samples graded again
    taint VARCHAR NOT NULL, sample_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, evidence VARCHAR NOT NULL,
    tier VARCHAR NOT NULL, oracle VARCHAR NOT NULL, seconds DOUBLE NOT NULL, cases_passed INTEGER NOT NULL,
    cases_total INTEGER NOT NULL, graded TIMESTAMPTZ NOT NULL, oracle_class VARCHAR, label VARCHAR,  -- right then
    recalled TIMESTAMPTZ NOT NULL DEFAULT now());
"""

MIGRATIONS: tuple[str, ...] = (
    TABLES, HONEYPOTS_AND_CLASSES, STAGES, JUDGMENTS, TRAINING_SETS, AUDIT_LEDGER, APPROVALS, TAINTS,
)  # fmt: skip
VERSION = len(MIGRATIONS)


def applied(connection: duckdb.DuckDBPyConnection) -> int:
    """The store's schema version; 0 for an empty one."""
    known = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_migrations'"
    ).fetchall()
    if not known[0][0]:
        return 0
    return int(connection.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").fetchall()[0][0])


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Brings the store to VERSION in one transaction: all of it happens, or none of it."""
    connection.execute("BEGIN")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations "
            "(version INTEGER PRIMARY KEY, applied TIMESTAMPTZ NOT NULL DEFAULT now())"
        )
        for version in range(applied(connection) + 1, VERSION + 1):
            connection.execute(MIGRATIONS[version - 1])
            connection.execute("INSERT INTO schema_migrations (version) VALUES (?)", [version])
        for view in VIEWS:
            connection.execute(view)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
