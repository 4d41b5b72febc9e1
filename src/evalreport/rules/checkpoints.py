"""Which checkpoints of one training a build scores side by side."""

from collections import defaultdict

from evalreport.rules.base import Said, Severity
from evalreport.rules.case import Case, broken


def of_this_build(case: Case) -> tuple[Said, ...]:
    """That several checkpoints of one training are scored side by side, as a note."""
    asked = {place.arm for place, block in case.evidence.blocks.items() if block.responses}
    names: dict[str, str] = {}
    for arm in case.evidence.arms.values():
        for replicate in arm.replicates:
            subject = replicate.subject
            if subject.kind == "trained" and arm.name in asked:
                step = _step_of(case, replicate.seed, subject.checkpoint)
                names.setdefault(f"{replicate.seed} {step}", f"{arm.name}/{subject.checkpoint}")
    checkpoints = set(names.values())
    if len({name.partition("/")[2] for name in checkpoints}) < 2:
        checkpoints = _of_one_run(case, asked)
    if len(checkpoints) < 2:
        return ()
    return (
        broken(
            f"{len(checkpoints)} checkpoints of one training ({', '.join(sorted(checkpoints))}) "
            "are scored on the same test items; picking the best of them afterwards would "
            "flatter it.",
            severity=Severity.NOTE,
        ),
    )


def _step_of(case: Case, seed: int | None, name: str) -> str:
    """The step that a checkpoint is from: `best` and `epoch-2` may be the same weights."""
    log = case.evidence.trainings.get(seed) if seed is not None else None
    kept = next((one for one in log.checkpoints if one.name == name), None) if log else None
    return name if kept is None else str(kept.step)


def _of_one_run(case: Case, asked: set[str]) -> set[str]:
    """Checkpoint folders that lie beside each other, which one training wrote."""
    runs: defaultdict[str, set[str]] = defaultdict(set)
    for name, earlier in case.evidence.earlier.items():
        run, _, folder = earlier.path.rstrip("/").rpartition("/")
        if name in asked and folder.startswith("checkpoint-"):
            runs[run].add(earlier.path)
    return max(runs.values(), key=len, default=set())
