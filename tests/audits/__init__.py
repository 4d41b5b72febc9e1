"""Published reports, re-issued: every number of their texts is in a spec, or is ignored for a reason."""
