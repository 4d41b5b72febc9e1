"""Libraries that print, count and warn: quiet while they train, and as before afterwards."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from evalreport.engines.loading import set_quiet_environment


@contextmanager
def quiet() -> Iterator[None]:
    """No telemetry, no progress bars, no log lines below an error, no warnings of libraries.

    What their warnings would tell is checked here or measured: rows, precision, the loss.
    """
    set_quiet_environment()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import datasets
        from transformers.utils import logging

        level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
        data_level = datasets.logging.get_verbosity()
        data_bars = datasets.is_progress_bar_enabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        datasets.logging.set_verbosity_error()
        datasets.disable_progress_bars()
        try:
            yield
        finally:
            logging.set_verbosity(level)
            datasets.logging.set_verbosity(data_level)
            if bars:
                logging.enable_progress_bar()
            if data_bars:
                datasets.enable_progress_bars()
