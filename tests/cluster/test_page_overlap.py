"""Two pages that overlap: what belongs to one and reaches the other is answered by the one that has it."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.cluster.conftest import WHY
from tests.conftest import awaited

pytest.importorskip("ray", reason=WHY)

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, StreamingResponse

from stylize.cluster import page_overlap
from stylize.cluster.page_overlap import OtherPages, OverlapMiddleware, finished, listening


class FakePage:
    """A page that says its name, of some sessions, events and files."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.there = set[tuple[str, str]]()
        self.others = OtherPages(self.has)
        self.app = FastAPI()
        self.app.add_middleware(OverlapMiddleware, others=self.others)
        self.app.post("/gradio_api/queue/join")(self.join)
        self.app.get("/gradio_api/queue/data")(self.stream)
        self.app.get("/gradio_api/call/stylize/{event}")(self.stream)
        self.app.get("/gradio_api/file={path:path}")(lambda path: FileResponse(path))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://page")

    def has(self, kind: str, name: str) -> bool:
        if kind == "file":
            return any(Path(name).is_relative_to(folder) for folder in (self.folder, self.folder.parent / "copies"))
        return (kind, name) in self.there

    async def join(self, request: Request) -> dict[str, object]:
        asked = await request.json()
        path = Path(asked["data"][0]["path"])
        assert self.has("file", str(path))
        return {"page": self.name, "file": path.read_text(), "host": request.headers["host"]}

    async def stream(self) -> StreamingResponse:
        return StreamingResponse(iter([self.name, " ends"]))


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """Calls a function with two pages that have met, the old one and the new one."""

    (tmp_path / "copies").mkdir()
    monkeypatch.setattr(page_overlap.results, "new_path", lambda name: tmp_path / "copies" / name)

    def call(function) -> None:
        async def work() -> None:
            made = []
            async with AsyncExitStack() as stack:
                for name in ("old", "new"):
                    (tmp_path / name).mkdir()
                    (tmp_path / name / "a photo.png").write_text(f"of the {name} one")
                    made.append(FakePage(name, tmp_path / name))
                    await stack.enter_async_context(listening(made[-1].app, made[-1].others))
                old, new = made
                old.others.add([new.others.address])
                new.others.add([old.others.address])
                await function(old, new)

        awaited(work())

    return call


def question(page: FakePage, session: str) -> dict[str, object]:
    return {"session_hash": session, "data": [{"path": str(page.folder / "a photo.png")}]}


def test_who_waits_for_an_answer_finds_it_at_either_page(pages):
    async def ask(old, new):
        old.there |= {("session", "early"), ("event", "e1")}
        new.there |= {("session", "late"), ("event", "e2")}
        for page in (old, new):
            for session, event, name in (("early", "e1", "old"), ("late", "e2", "new")):
                for address in (f"queue/data?session_hash={session}", f"call/stylize/{event}"):
                    assert (await page.client.get(f"/gradio_api/{address}")).text == f"{name} ends"
            unknown = await page.client.get("/gradio_api/queue/data?session_hash=nobody")
            assert unknown.text == f"{page.name} ends"

    pages(ask)


def test_files_are_found_at_either_page(pages):
    async def ask(old, new):
        for page in (old, new):
            for owner in (old, new):
                got = await page.client.get(f"/gradio_api/file={owner.folder}/a photo.png")
                assert (got.status_code, got.text) == (200, f"of the {owner.name} one")

    pages(ask)


def test_a_call_brings_the_photo_and_goes_where_its_caller_still_waits(pages):
    async def ask(old, new):
        old.there.add(("session", "early"))
        for session, name in (("early", "old"), ("late", "new")):
            for owner in (old, new):
                answer = (await new.client.post("/gradio_api/queue/join", json=question(owner, session))).json()
                assert answer == {"page": name, "file": f"of the {owner.name} one", "host": "page"}

    pages(ask)


def test_a_page_that_has_ended_is_asked_no_more(pages):
    async def ask(old, new):
        old.others.addresses.clear()
        new.others.addresses[:] = ["127.0.0.1:1"]  # nobody listens there
        assert (await new.client.get("/gradio_api/queue/data?session_hash=early")).text == "new ends"
        assert new.others.addresses == []

    pages(ask)


def test_an_old_page_ends_once_it_has_answered(pages, monkeypatch):
    monkeypatch.setattr(page_overlap, "CHECK_SECONDS", 0.01)
    monkeypatch.setattr(page_overlap, "FETCH_SECONDS", 0.02)
    looks = iter([True, False, True])

    async def ask(old, new):
        await finished(old.others, lambda: next(looks, False))
        assert next(looks, None) is None

    pages(ask)
