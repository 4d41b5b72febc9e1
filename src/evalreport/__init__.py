"""One YAML spec in, one honest answer out: did the fine-tuning work?"""

from typing import Final

__version__: Final = "0.1.0"
