"""How often verdicts and intervals are wrong, measured on the fake engine, whose truth is known.

`python -m benchmarks.calibration` draws at least 10,000 builds a cell from `analyze` to `decide`,
and 200 a cell through the command line, and writes docs/calibration.md.
"""
