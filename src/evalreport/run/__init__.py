"""Plan to evidence: leases, child processes, resume."""
