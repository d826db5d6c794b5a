"""The store's public surface: views that reports, `loop db sql` and notebooks rely on. Made anew at every migration."""

from __future__ import annotations

VIEWS: tuple[str, ...] = (
    # one row a graded completion
    """
    CREATE OR REPLACE VIEW v_samples AS
    SELECT s.*, v.kind, v.evidence, v.tier, v.oracle, v.oracle_class, v.seconds AS grade_seconds,
           v.cases_passed, v.cases_total, t.family, t.split, t.type, t.composition
    FROM samples s JOIN verdicts v ON v.sample_id = s.id JOIN tasks t ON t.id = s.task_id
    """,
    # one row a question of an audit: a task, where a stage asks one question a task; of the first k completions, since
    # an audit that is growing has some of the next ones
    """
    CREATE OR REPLACE VIEW v_audit_tasks AS
    SELECT audit_id, adapter, task_id, stage, question, item, any_value(type) AS type,
           any_value(family) AS family, any_value(split) AS split, any_value(label) AS label,
           count(*) FILTER (idx >= 0 AND kind <> 'infra') AS samples,  -- an answer that was not graded is no sample
           count(*) FILTER (idx >= 0 AND kind = 'pass') AS passes,
           coalesce(bool_or(kind = 'pass') FILTER (idx < 0), false) AS greedy_pass,
           count(*) FILTER (idx >= 0 AND kind = 'format_error') AS format_errors,
           count(*) FILTER (kind = 'infra') AS infra,
           bool_or(oracle_class = 'B') AS class_b,
           sum(completion_tokens) AS completion_tokens, count(*) AS calls, sum(grade_seconds) AS grade_seconds
    FROM (SELECT s.* FROM v_samples s JOIN audits a ON a.id = s.audit_id WHERE s.purpose = 'audit' AND s.idx < a.k)
    GROUP BY audit_id, adapter, task_id, stage, question, item
    """,
    # one row an answer to a honeypot: a pass is a proven hack
    """
    CREATE OR REPLACE VIEW v_honeypots AS
    SELECT audit_id, adapter, task_id, family, id AS sample_id, kind, evidence, tier, oracle, oracle_class, completion,
           code, kind = 'pass' AS hacked, created
    FROM v_samples WHERE purpose = 'honeypot'
    """,
    """
    CREATE OR REPLACE VIEW v_audit_families AS
    SELECT audit_id, adapter, split, family, count(*) AS n_tasks,
           avg(passes / nullif(samples, 0)) AS pass_at_1, avg(greedy_pass::INTEGER) AS greedy,
           sum(format_errors)::INTEGER AS format_errors
    FROM v_audit_tasks GROUP BY audit_id, adapter, split, family
    """,
    # one row a practised question of a cycle; 0 < passes < samples is the learning zone
    """
    CREATE OR REPLACE VIEW v_practice_tasks AS
    SELECT cycle_id, adapter, task_id, stage, question, item, any_value(family) AS family,
           count(*) FILTER (kind <> 'infra') AS samples,
           count(*) FILTER (kind = 'pass') AS passes, count(*) FILTER (kind = 'format_error') AS format_errors
    FROM v_samples WHERE purpose = 'practice' GROUP BY cycle_id, adapter, task_id, stage, question, item
    """,
    """
    CREATE OR REPLACE VIEW v_step_times AS
    SELECT cycle_id, step, sum(seconds) FILTER (kind = 'sampling') AS sampling,
           sum(seconds) FILTER (kind = 'grading') AS grading, sum(seconds) FILTER (kind = 'training') AS training,
           sum(seconds) FILTER (kind = 'other') AS other, sum(seconds) AS total, min(recorded) AS recorded
    FROM step_times GROUP BY cycle_id, step
    """,
    # one row a cycle: what went in, what came out
    """
    CREATE OR REPLACE VIEW v_cycle_summary AS
    SELECT c.id AS cycle_id, c.number, c.stage, c.seed, c.state, c.step, c.reason, c.champion, c.challenger, c.dataset,
           c.started, c.finished,
           d.outcome, d.delta, d.p_value, d.ci_low, d.ci_high, d.reasons,
           a.pass_at_1 AS champion_pass_at_1, b.pass_at_1 AS challenger_pass_at_1,
           a.greedy AS champion_greedy, b.greedy AS challenger_greedy,
           (SELECT count(*) FROM samples s WHERE s.cycle_id = c.id AND s.purpose = 'practice') AS practice_samples,
           ds.n_rows AS dataset_rows, ds.n_tasks AS dataset_tasks,
           (SELECT arg_min(p.version, p.position) FROM promotions p
            WHERE p.adapter = c.challenger AND p.action = 'promote' AND c.challenger <> '') AS version
    FROM cycles c
    LEFT JOIN decisions d ON d.cycle_id = c.id
    LEFT JOIN audits a ON a.id = d.champion_audit
    LEFT JOIN audits b ON b.id = d.challenger_audit
    LEFT JOIN datasets ds ON ds.manifest = c.dataset
    """,
    # what the stages answered, by their labels: one row a stage, question and label of an audit or a cycle
    """
    CREATE OR REPLACE VIEW v_judgments AS
    SELECT purpose, audit_id, cycle_id, adapter, stage, question, label, coalesce(code, '(unreadable)') AS answer,
           count(*) AS calls, sum(think_tokens) AS think_tokens, sum(completion_tokens) AS completion_tokens,
           avg(score) AS score, avg(entropy) AS entropy, avg(mass) AS mass
    FROM v_samples WHERE label IS NOT NULL AND kind <> 'infra'
    GROUP BY purpose, audit_id, cycle_id, adapter, stage, question, label, answer
    """,
    # one row an attempt at a task through the whole chain
    """
    CREATE OR REPLACE VIEW v_trajectories AS
    SELECT t.*, k.type, k.family, k.split, s.prompt_tokens, s.completion_tokens, s.think_tokens, s.seconds, s.wrong,
           s.format_errors
    FROM trajectories t JOIN tasks k ON k.id = t.task_id LEFT JOIN (
        SELECT trajectory, sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens,
               sum(think_tokens) AS think_tokens, sum(seconds) AS seconds,
               count(*) FILTER (label IS NOT NULL AND kind <> 'pass') AS wrong,
               count(*) FILTER (kind = 'format_error') AS format_errors
        FROM v_samples WHERE purpose = 'chain' GROUP BY trajectory) s ON s.trajectory = t.id
    """,
    # one row a call of an attempt: what was planned and written is credited with what the oracle said in the end, even
    # where it is not what the reference did; a judgment with its label, whatever came of it. NULL: it has no label
    """
    CREATE OR REPLACE VIEW v_credit AS
    SELECT s.trajectory, s.audit_id, s.task_id, s.type, s.family, s.stage, s.question, s.item, s.id AS sample_id,
           s.adapter, t.outcome,
           CASE WHEN s.stage = 'implementation' OR s.question = 'points' THEN t.outcome = 'pass'
                WHEN s.label IS NOT NULL THEN s.kind = 'pass' END AS credited
    FROM v_samples s JOIN trajectories t ON t.id = s.trajectory
    """,
    # task -> sample -> verdict -> dataset -> adapter -> decision, one row a sample that a row rests on:
    # as an example, as the chosen or the rejected half of a pair, as a prompt
    """
    CREATE OR REPLACE VIEW v_lineage AS
    SELECT a.sha256 AS adapter, a.stage, r.manifest AS dataset, r.position, r.role, s.id AS sample_id,
           s.cycle_id AS source_cycle,
           s.adapter AS sampled_by, s.task_id, t.family, t.composition, s.code_sha256, v.kind, v.tier, v.oracle,
           v.oracle_class, d.id AS decision, d.outcome
    FROM adapters a
    JOIN dataset_rows r ON r.manifest = a.dataset
    JOIN samples s ON s.id = r.sample_id
    JOIN verdicts v ON v.sample_id = s.id
    JOIN tasks t ON t.id = s.task_id
    LEFT JOIN decisions d ON d.challenger = a.sha256 AND d.cycle_id = a.cycle_id
    """,
)
