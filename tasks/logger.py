"""The one logger of this software; Prefect sends its lines to the UI (``PREFECT_LOGGING_EXTRA_LOGGERS``)."""

import logging

logger = logging.getLogger("distillery")
logger.setLevel(logging.INFO)
