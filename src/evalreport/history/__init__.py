"""History: the builds that a folder and its git repository hold, and how they may be compared."""
