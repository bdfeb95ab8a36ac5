import json
import logging
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Consumer, Producer, Queue

from portal.jobs import broker, spool

fork = multiprocessing.get_context("fork")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with open_broker(tmp_path) as opened:
        yield opened


def open_broker(root: Path) -> Connection:
    broker.register()
    return Connection("folder://", transport_options={"root": str(root)})


def publish(connection: Connection, *bodies: object, queue: str = "jobs") -> None:
    producer = Producer(connection.channel(), serializer="json")
    for body in bodies:
        producer.publish(body, routing_key=queue)


def receive(connection: Connection, queue: str = "jobs") -> Any:
    return connection.channel().basic_get(queue)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")


def test_messages_come_out_in_order(connection: Connection) -> None:
    publish(connection, 1, 2, 3)

    channel = connection.channel()
    got = [channel.basic_get("jobs", no_ack=True).payload for _ in range(3)]

    assert got == [1, 2, 3]
    assert channel.basic_get("jobs") is None


def test_acknowledged_message_is_gone_from_the_folder(
    connection: Connection, tmp_path: Path
) -> None:
    publish(connection, "once")

    message = receive(connection)
    assert files(tmp_path / "claimed")
    message.ack()

    assert files(tmp_path) == []


def test_unacknowledged_message_returns_when_its_consumer_closes(
    connection: Connection, tmp_path: Path
) -> None:
    publish(connection, "kept")
    with open_broker(tmp_path) as other:
        assert receive(other).payload == "kept"
        assert receive(connection) is None

    assert receive(connection).payload == "kept"


def test_rejected_message_returns_only_with_requeue(connection: Connection) -> None:
    publish(connection, "again")

    receive(connection).requeue()
    receive(connection).reject()

    assert receive(connection) is None


def test_queues_are_apart_and_their_names_harmless(connection: Connection, tmp_path: Path) -> None:
    publish(connection, "a", queue="../../etc")
    publish(connection, "b", queue="jobs")

    assert receive(connection, "jobs").payload == "b"
    assert receive(connection, "../../etc").payload == "a"
    assert not (tmp_path.parent / "etc").exists()


def test_queue_tells_its_size_and_can_be_emptied(connection: Connection) -> None:
    publish(connection, *range(5))
    channel = connection.channel()

    assert channel.queue_declare("jobs", passive=True).message_count == 5
    assert channel.queue_purge("jobs") == 5
    assert channel.queue_declare("jobs", passive=True).message_count == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no message",
        b"[1, 2]",
        b"\xff\xfe\x00",
        b'{"properties": {}}',
        b'{"properties": {"delivery_tag": "x", "delivery_info": {}}, "headers": {},'
        b' "content-type": "application/x-python-serialize", "body": ""}',
        b'{"properties": {"delivery_tag": "x", "delivery_info": {}, "body_encoding": "base64"},'
        b' "headers": {}, "content-type": "application/json", "body": "%%%"}',
        b"[" * 100_000,
        b" " * 1_100_000,
    ],
    ids=["empty", "text", "list", "bytes", "bare", "pickle", "base64", "nested", "huge"],
)
def test_file_that_is_no_message_is_put_aside_with_one_line(
    connection: Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    publish(connection, "good")
    (tmp_path / "queues" / "jobs" / "0-foreign").write_bytes(content)

    with caplog.at_level(logging.WARNING):
        got = receive(connection)

    assert got.payload == "good"
    assert [path.read_bytes() for path in files(tmp_path / "rejected")] == [content]
    assert len(caplog.records) == 1


def test_what_is_no_file_is_put_aside_unread(connection: Connection, tmp_path: Path) -> None:
    publish(connection, "good")
    (tmp_path / "queues" / "jobs" / "0-folder").mkdir()
    os.mkfifo(tmp_path / "queues" / "jobs" / "0-pipe")

    assert receive(connection).payload == "good"


def test_foreign_names_in_any_folder_stop_nobody(connection: Connection, tmp_path: Path) -> None:
    publish(connection, "real")
    queue = tmp_path / "queues" / "jobs"
    (queue / ("0" * 250)).touch()
    claimed = tmp_path / "claimed"
    (claimed / "file").touch()
    (claimed / "folders" / "lock").mkdir(parents=True)
    for name in ("lock", "of no queue", "jobs@", "..@up"):
        dead = claimed / "dead"
        dead.mkdir(exist_ok=True)
        (dead / name).touch()

    channel = connection.channel()
    got = [channel.basic_get("jobs", no_ack=True) for _ in range(2)]

    assert [message.payload for message in got if message] == ["real"]
    kept = {path.name[21:] for path in (tmp_path / "rejected").iterdir()}
    assert kept == {"0" * 200, "file", "folders", "of no queue", "jobs@", "..@up"}
    assert not (tmp_path / "up").exists()


def test_copy_of_a_message_is_delivered_once_at_a_time(
    connection: Connection, tmp_path: Path
) -> None:
    publish(connection, "only")
    original = files(tmp_path / "queues")[0]
    original.with_name("9-copy.json").write_bytes(original.read_bytes())
    channel = connection.channel()

    first = channel.basic_get("jobs")

    assert first.payload == "only"
    assert channel.basic_get("jobs") is None


def test_consumer_is_told_within_half_a_second(tmp_path: Path, connection: Connection) -> None:
    got: list[float] = []
    with open_broker(tmp_path) as other:
        consumer = Consumer(
            other.channel(),
            queues=[Queue("jobs")],
            callbacks=[lambda body, message: (got.append(time.monotonic()), message.ack())],
        )
        with consumer:
            with pytest.raises(TimeoutError):
                other.drain_events(timeout=0.1)
            sent = time.monotonic()
            publish(connection, "quick")
            while not got:
                try:
                    other.drain_events(timeout=2)
                except TimeoutError:
                    assert time.monotonic() - sent < 2

    assert got[0] - sent < 0.5


def test_killed_consumer_loses_nothing(tmp_path: Path, connection: Connection) -> None:
    publish(connection, *range(20))
    ready = fork.Event()
    process = fork.Process(target=_hold, args=(tmp_path, 7, ready))
    process.start()
    assert ready.wait(10)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)

    channel = connection.channel()
    got = []
    while (message := channel.basic_get("jobs", no_ack=True)) is not None:
        got.append(message.payload)

    assert sorted(got) == list(range(20))
    assert files(tmp_path) == []


def test_ten_thousand_messages_of_several_processes_arrive_once_each(tmp_path: Path) -> None:
    spool.Folder(tmp_path)
    writers = [fork.Process(target=_write, args=(tmp_path, n, 2500)) for n in range(4)]
    results: Any = fork.Queue()
    readers = [fork.Process(target=_read, args=(tmp_path, results)) for _ in range(3)]

    for process in (*readers, *writers):
        process.start()
    for process in writers:
        process.join(60)
        assert process.exitcode == 0
    (tmp_path / "written").touch()
    got: list[list[int]] = []
    for _ in readers:
        got.extend(results.get(timeout=60))
    for process in readers:
        process.join(60)

    counted = Counter(map(tuple, got))
    assert len(counted) == 10_000
    assert set(counted.values()) == {1}
    assert files(tmp_path / "queues") == files(tmp_path / "claimed") == []


def test_half_made_files_are_removed_after_a_day(tmp_path: Path) -> None:
    folder = spool.Folder(tmp_path)
    old, fresh = folder.tmp / "old", folder.tmp / "fresh"
    for path in (old, fresh):
        path.write_text(json.dumps({}))
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))

    folder.recover()

    assert files(folder.tmp) == [fresh]


def test_broker_whose_folder_is_a_file_is_a_connection_error(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("in the way")
    connection = open_broker(tmp_path / "root")

    with pytest.raises(connection.connection_errors):
        connection.channel()


def _hold(root: Path, count: int, ready: Any) -> None:
    with open_broker(root) as connection:
        channel = connection.channel()
        held = [channel.basic_get("jobs") for _ in range(count)]
        assert all(held)
        ready.set()
        time.sleep(60)


def _write(root: Path, writer: int, count: int) -> None:
    with open_broker(root) as connection:
        producer = Producer(connection.channel(), serializer="json")
        for number in range(count):
            producer.publish([writer, number], routing_key="jobs")


def _read(root: Path, results: Any) -> None:
    got = []
    with open_broker(root) as connection:
        channel = connection.channel()
        while True:
            is_written = (root / "written").exists()
            try:
                raw = channel._get("jobs")
            except Empty:
                if is_written:
                    break
                time.sleep(0.01)
                continue
            message = channel.Message(raw, channel=channel)
            got.append(message.payload)
            channel.qos.append(message, message.delivery_tag)
            message.ack()
    results.put(got)
