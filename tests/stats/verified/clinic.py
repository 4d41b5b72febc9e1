"""A public data set of two groups, for tests of equivalence, and R's answers on it.

`statsmodels/stats/tests/test_tost.py` prints both: two groups of 15, here the columns var1 and var2.
"""

from typing import Final

WHERE: Final = "R package equivalence, as statsmodels/stats/tests/test_tost.py prints it"
VAR1: Final = (
    (2.84, 2.51, 2.41, 2.95, 3.14, 3.79, 4.14, 3.85, 3.02, 3.45, 5.37, 3.81, 4.19, 3.16, 3.84),
    (2.60, 2.82, 2.18, 3.46, 4.01, 3.04, 3.47, 4.06, 2.91, 3.59, 4.51, 3.16, 3.86, 3.31, 3.02),
)
VAR2: Final = (
    (4.00, 3.26, 4.14, 3.42, 3.25, 4.34, 4.97, 4.31, 3.11, 3.41, 5.02, 4.21, 4.59, 5.30, 4.32),
    (3.76, 3.66, 3.65, 3.60, 3.48, 2.87, 3.24, 3.92, 3.99, 4.21, 4.21, 3.31, 3.61, 2.97, 2.73),
)
PAIRED_1: Final = (-0.0744336621, 0.4037669954)
"""`tost_clinic_paired_1`: var1, the 90 % interval of the mean difference of pairs."""
APART: Final = ((-0.2666862981, 0.5960196314), (0.1949162507, 0.9304170826))
"""`tost_clinic_indep_1` and `tost_clinic_indep`: var1 and var2, Welch's 90 % intervals."""
