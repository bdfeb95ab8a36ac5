"""Somebody with a browser and no script, on a portal that runs as processes of its own."""

import re
from html import unescape
from types import TracebackType
from typing import Any, Self

import httpx

from tests.portal.operations.running import Portal

NAME, EMAIL, PASSWORD = "Ada Lind", "ada@example.com", "a long walk in the rain"


class Visitor:
    """Follows links, fills forms, reads pages as text."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{portal.port}", follow_redirects=True, timeout=20
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def become_admin(self) -> None:
        """By the one-time link that `up` printed."""
        found = re.search(r"http://\S+/first-admin/\S+", self._portal.output)
        assert found, self._portal.output
        path = found.group().split(str(self._portal.port), 1)[1]
        password = {"password": PASSWORD, "again": PASSWORD}
        answer = self.submit(path, {"name": NAME, "email": EMAIL, **password})
        assert answer.url.path == "/", text_of(answer)

    def submit(self, path: str, fields: dict[str, Any], *, to: str = "") -> httpx.Response:
        """Send a form of a page with these fields; `to` is its address where it has its own."""
        page = self.open(path).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, page
        return self._client.post(to or path, data={"csrfmiddlewaretoken": token.group(1), **fields})

    def open(self, path: str) -> httpx.Response:
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer

    def read(self, path: str) -> str:
        """A page's words, without its markup."""
        return text_of(self.open(path))

    def ask(self, path: str) -> Any:
        """What the API says."""
        return self.open(f"/api/v1{path}").json()


def text_of(answer: httpx.Response) -> str:
    return words_of(answer.text)


def words_of(html: str) -> str:
    """The words of a page in one line, without scripts and tags."""
    visible = re.sub(r"<(script|style|template)\b.*?</\1>", " ", html, flags=re.DOTALL)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", visible)).split())
    return re.sub(r" (?=[.,:;](?: |$))", "", words)
