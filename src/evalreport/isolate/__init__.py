"""Running foreign code in a cage."""
