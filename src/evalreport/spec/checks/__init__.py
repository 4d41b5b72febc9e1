"""What the schema cannot say: names that must exist, contradictions, files. One subject a module.

Every check reads what stands of a spec and complains about paths as they were written. A name
whose own entry is bad still counts as a name, so that one mistake makes one complaint.
"""
