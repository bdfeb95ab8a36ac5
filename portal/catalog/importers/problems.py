"""What an import could not take, or took with a remark."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence with its place and the rule behind it.

    `refused`: something was not taken. Otherwise it is a remark about something that was.
    `about` is the entity whose reference to another file led nowhere.
    """

    file: str
    line: int
    rule: str
    message: str
    refused: bool = True
    about: tuple[str, str] | None = None

    def as_json(self) -> dict[str, object]:
        return {"file": self.file, "line": self.line, "rule": self.rule, "message": self.message}

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.rule})"


class Unreadable(Exception):
    """A file or folder can't be read; the message says why."""


class WrongCall(Exception):
    """The import can't begin: the source is nothing that can be read."""
