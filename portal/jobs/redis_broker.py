"""The message broker in production: kombu's Redis, which survives what is no message.

An entry of the queue that somebody else put there would end the worker, and with it the jobs in
its hands. Here it is put aside, into the list `rejected`, with one line in the log.
"""

import json
import logging
from queue import Empty
from typing import Any

from kombu.transport import redis

from portal.jobs.spool import checked

SCHEMES = ("redis", "rediss")
REJECTED = "rejected"  # the list of what was put aside; the oldest entries are dropped
MOST_REJECTED = 100

logger = logging.getLogger(__name__)


class Channel(redis.Channel):
    """Puts aside what can't even be decoded."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except json.JSONDecodeError as error:
            self.put_aside(error.doc, str(error))
        except RecursionError:
            logger.warning("Not a message, dropped: it is nested too deeply")
        raise Empty

    def put_aside(self, entry: str, why: str) -> None:
        with self.conn_or_acquire() as client:
            client.lpush(REJECTED, entry)
            client.ltrim(REJECTED, 0, MOST_REJECTED - 1)
        logger.warning("Not a message, moved to the list %s of Redis: %s", REJECTED, why)


class Transport(redis.Transport):
    """Puts aside what is JSON and no message."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        try:
            checked(message)
        except (ValueError, RecursionError) as error:
            channel: Channel = self.channels[0]
            channel.put_aside(json.dumps(message), str(error))
            return
        super()._deliver(message, queue)
