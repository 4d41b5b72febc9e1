"""YAML to Spec, checked as a whole: every error at once, each with its place."""
