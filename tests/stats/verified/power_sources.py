"""What the rows for planning quote more than once: notes, a package and a manual."""

NOTES = "the project's notes, section 0"
PWR = "R package pwr, as statsmodels/stats/tests/test_power.py prints it"
GUIDE = "G*Power 3.1 manual"
