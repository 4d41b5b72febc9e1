"""Report -> Markdown, HTML, model card, JSON: the only place where a number becomes text."""
