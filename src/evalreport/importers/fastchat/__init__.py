"""FastChat's llm_judge and MT-Bench: ratings, pairs, answers, and people's votes."""
