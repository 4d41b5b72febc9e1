"""alpaca_eval: annotations, outputs and leaderboards."""
