"""The embedded portal's message broker: `portal.jobs.spool` as a transport of kombu.

There is no server to install or watch. The scheme of its address is `folder`, and the folder
is the transport option `root`.
"""

import time
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps

from portal.jobs import redis_broker
from portal.jobs.spool import Consumer, Folder

SCHEME = "folder"
POLL_SECONDS = 0.2
RECOVER_SECONDS = 10.0


def register() -> None:
    """Make `folder://` known to kombu, and let `redis://` survive what is no message."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
    for scheme in redis_broker.SCHEMES:
        TRANSPORT_ALIASES[scheme] = f"{redis_broker.__name__}:Transport"


class QoS(virtual.QoS):
    """Acknowledging removes the claimed file, rejecting with requeue gives it back."""

    def ack(self, delivery_tag: str) -> None:
        self.channel.forget(delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not requeue:
            self.channel.forget(delivery_tag)
        super().reject(delivery_tag, requeue=requeue)


class Channel(virtual.Channel):
    """A kombu channel on the folder."""

    QoS = QoS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Folder(Path(self.connection.client.transport_options["root"]))
        self._consumer: Consumer | None = None
        self._claims: dict[str, Path] = {}
        self._recovered_at = float("-inf")

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Any, consumer_tag: str, **kwargs: Any
    ) -> None:
        def ack_first(message: Any) -> Any:
            message.ack()
            return callback(message)

        chosen = ack_first if no_ack else callback
        super().basic_consume(queue, False, chosen, consumer_tag, **kwargs)

    def basic_get(self, queue: str, no_ack: bool = False, **kwargs: Any) -> Any:
        message = super().basic_get(queue, no_ack=False, **kwargs)
        if message is not None and no_ack:
            message.ack()
        return message

    def forget(self, delivery_tag: str) -> None:
        """Remove an acknowledged message for good."""
        claimed = self._claims.pop(delivery_tag, None)
        if claimed is not None:
            claimed.unlink(missing_ok=True)

    def close(self) -> None:
        was_open = not self.closed
        super().close()
        if was_open and self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        self.folder.put(queue, dumps(message).encode())

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        if time.monotonic() - self._recovered_at > RECOVER_SECONDS:
            self._recovered_at = time.monotonic()
            self.folder.recover()
        if self._consumer is None:
            self._consumer = Consumer(self.folder)
        found = self._consumer.claim(queue)
        if found is None:
            raise Empty
        claimed, message = found
        tag = message["properties"]["delivery_tag"]
        if tag in self._claims:  # a copied file: the same message twice
            self.folder.reject(claimed, f"a second message with the delivery tag {tag}")
            raise Empty
        self._claims[tag] = claimed
        return message

    def _restore(self, message: Any) -> None:
        claimed = self._claims.pop(message.delivery_tag, None)
        if claimed is not None:
            self.folder.give_back(claimed)

    def _size(self, queue: str) -> int:
        return len(self.folder.names(queue))

    def _purge(self, queue: str) -> int:
        return self.folder.purge(queue)

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self.folder.queue(queue).is_dir()

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        self.folder.queue(queue).mkdir(parents=True, exist_ok=True)


class Transport(virtual.Transport):
    """Polls at most every `POLL_SECONDS`, and lets the worker look after itself in between."""

    Channel = Channel
    polling_interval = POLL_SECONDS
    driver_type = SCHEME
    driver_name = SCHEME
    connection_errors = (  # type: ignore[assignment]  # kombu types it as a pair
        *virtual.Transport.connection_errors,
        OSError,
    )

    @property
    def default_connection_params(self) -> dict[str, Any]:
        return {}

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        # A worker that waits for the whole two seconds it asks for would acknowledge, and
        # therefore fetch, only that often.
        short = POLL_SECONDS if timeout is None else min(timeout, POLL_SECONDS)
        super().drain_events(connection, timeout=short)

    def driver_version(self) -> str:
        return "1"
