"""YAML to Spec, with every error at once and its place."""
