"""Who measures reads the pages as they are written today."""

import httpx

from benchmarks.people import lines_of
from tests.desk.conftest import Adviser, DeskStage
from tests.desk.conftest import adviser as adviser
from tests.desk.conftest import stage as stage
from tests.desk.conftest import visitor as visitor

SAID = ["assistant", "helpline", "adviser", "parent"]


async def test_lines_of_everybody_are_found_on_the_parents_page_and_at_the_desk(
    stage: DeskStage, adviser: Adviser
) -> None:
    transport = httpx.ASGITransport(stage.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as parent:
        await parent.post("/chat/messages", data={"text": "", "press": "human", "client_id": "a"})
        await parent.post("/chat/messages", data={"text": "", "press": "handover:send", "client_id": "b"})
        talk = await stage.advising.take("Ann")
        assert talk is not None
        await stage.advising.say(talk.number, "Ann", "Hello <there>", "c")
        await parent.post("/chat/messages", data={"text": "hello", "client_id": "d"})
        page = (await parent.get("/chat")).text
    desk = (await (await adviser("Ann")).get(f"/desk/talks/{talk.number}")).text
    for text in (page, desk):
        lines = lines_of(text)
        assert [line.number for line in lines] == [*range(1, 8)]
        assert [line.author for line in lines[3:]] == SAID
        assert [line.text for line in lines[5:]] == ["Hello <there>", "hello"]
