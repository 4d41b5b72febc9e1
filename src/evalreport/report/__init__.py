"""Everything -> Report: the frozen, loadable value that all renderings and commands read."""
