"""What stands alone among the comparisons, what was corrected together, what is exploratory."""

from collections.abc import Sequence

from evalreport.analyze.findings import FindingRole
from evalreport.diff.model import Pairing
from evalreport.diff.pairing import gate_of
from evalreport.diff.roles import Declared
from evalreport.diff.words import listed_ids
from evalreport.numbers import count_text


def family_text(pairings: Sequence[Pairing], declared: Declared) -> str:
    """What stands alone, what was corrected together, and what is exploratory."""
    roles: dict[FindingRole, list[str]] = {role: [] for role in FindingRole}
    for one in pairings:
        if one.finding is not None:
            roles[declared.of(one.id).role].append(one.id)
    if not any(roles.values()):
        return ""
    parts = []
    if primary := roles[FindingRole.PRIMARY]:
        parts.append(
            f"{listed_ids(primary)} {'decides' if len(primary) == 1 else 'decide together'} "
            "without a correction, since both builds declare it as what decides"
        )
    elif declared.has_primary:
        named = [name for name, one in declared.alike.items() if one.role is FindingRole.PRIMARY]
        parts.append(
            f"{listed_ids(named)} {'is' if len(named) == 1 else 'are'} declared to decide and "
            f"{'was' if len(named) == 1 else 'were'} not compared"
        )
    else:
        parts.append("no metric is declared as the one that decides by both builds")
    if guards := roles[FindingRole.GUARD]:
        parts.append(
            f"{listed_ids(guards)} {'is' if len(guards) == 1 else 'are'} guarded in both by the "
            "same margin, and losses are corrected for their number (Holm)"
        )
    if secondary := roles[FindingRole.SECONDARY]:
        order = ", and tested only when that is better" if primary else ""
        gate = gate_of(pairings, declared)
        how = f"not tested, because {gate}" if gate else f"corrected together (Holm){order}"
        parts.append(
            f"{listed_ids(secondary)} {'is' if len(secondary) == 1 else 'are'} secondary in both: "
            f"{how}"
        )
    if others := roles[FindingRole.EXPLORATORY]:
        parts.append(
            f"{count_text(len(others), 'other metric')} "
            f"{'is' if len(others) == 1 else 'are'} exploratory: without a verdict, and with "
            "p-values that are corrected for nothing"
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."
