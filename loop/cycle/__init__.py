"""The improvement cycle: plain functions, each a step that can be called, tested, killed and resumed on its own.

    context.open_context(settings, home, reporter=None, *, pack, base, engine, trainer, parity) -> Context
    run.run_cycle(ctx, steps=PLAIN) -> CycleOutcome      begin.begin_or_resume(ctx, stage, number) -> Cycle | None
    audit.audit(ctx, adapter, *, split="audit", cycle=None, seed=None, k=None) -> AuditReport
    practice.practice(ctx, cycle) -> PracticeReport
    harvest.harvest(ctx, cycle=None, *, dry_run=False) -> Dataset
    train.train(ctx, cycle, dataset) -> TrainedAdapter
    judge.judge(ctx, cycle, champion: AuditReport, challenger: AuditReport) -> Judged
    promote.promote(ctx, adapter=None, *, cycle=None, decision=None, force=False, reason="", dry_run=False) -> Promotion
    promote.rollback(ctx, to=None, *, stage, reason="", dry_run=False) -> Version | None
    begin.finish(ctx, cycle, decision) -> Cycle
    promote.settle(ctx, cycle, adapter, decision) -> Promotion | None  promotes if the decision says so
    approval.propose(ctx, cycle, adapter, decision) -> Approval | None  where a person has to be asked; approval.approve
    carry_out.carry_out(ctx, proposal) -> (Approval, Promotion | None)  what was answered, where no run waits for it
    agreement.agreement(home) -> list[Disagreement]      rebuild.rebuild(home, *, dry_run=False) -> Rebuilt
    vault.audit_vault(ctx, cycle, promotion) -> AuditReport | None     every `audit.vault_every` promotions
    lock.hold(home)               one process at a time changes a home; re-entrant within a process

`ctx` is closed by whoever opened it (`with open_context(...) as ctx`). What the steps return is in `records`.
`promote` raises `PromotionRefused` (a GateRefused with `.decision`) when the gate says no.
"""
