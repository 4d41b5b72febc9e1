"""What it takes to read and compare large files of other tools."""
