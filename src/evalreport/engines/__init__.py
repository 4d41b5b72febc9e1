"""The only rooms that know models: options (parsed from YAML) with one verb, `open`."""
