"""gate: may this report pass? Conditions on a report, each met or not, and one sentence why."""
