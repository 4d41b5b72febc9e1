"""Honesty rules: each reads evidence and findings, computes little, and says one sentence."""
