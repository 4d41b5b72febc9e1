"""Publishing: what would go where, decided without the hub; then one commit that does it.

`plan_publish` gives a frozen plan: every file with its digest, every number with its place, and
what stays and why. `push` puts exactly that plan into one commit, or says why the hub did not take
it. What leaves is made here from the report, never copied from what a folder happens to hold.
"""
