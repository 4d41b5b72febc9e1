"""schema: the JSON Schema of the spec language, for editors."""

import json
import sys

from evalreport.errors import EXIT_WRITTEN
from evalreport.spec.schema import json_schema


def schema() -> int:
    """Print the schema."""
    sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return EXIT_WRITTEN
