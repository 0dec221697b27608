"""Whoever asks gets what is held on their chat, to read and as JSON, and nothing about other people unread."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import __main__ as commands
from bot.disclosure import disclose
from bot.helpline import UnknownConversation
from bot.keyring import keyring
from bot.knowledge import Knowledge
from bot.reference import reference
from bot.settings import read
from bot.store import SqlStore
from tests.everything import NOON, WORD, say_everything, words

PRIVATE = (words("a note"), words("a whisper"))
OPEN = tuple(
    words(of)
    for of in (
        *("a parent", "a reply", "a fact", "a form", "a card", "a way", "the helpline", "an adviser", "goodbye"),
        *("a follow-up", "thanks", "a name", "a number", "about", "a parcel", "an update"),
    )
)


@pytest.mark.parametrize("private", [False, True])
async def test_all_that_is_held_is_in_both_files(store: SqlStore, knowledge: Knowledge, private: bool) -> None:
    await say_everything(store)
    await say_everything(store, "neighbour", 1002)
    held = disclose(await store.everything_on("talk"), NOON, private)
    text = held.as_text(knowledge)
    content = json.loads(held.as_json())
    for file in (text, held.as_json()):
        assert [sentence for sentence in OPEN if sentence not in file] == []
        assert all((sentence in file) is private for sentence in PRIVATE)
        assert "neighbour" not in file
        assert "1002" not in file
    assert content["left_out"] == (0 if private else 2)
    # Every table has a name that people understand.
    assert all(knowledge.wording[f"desk_held_{table}"].upper() in text for table in content["tables"])
    assert ("Left out: 2 private notes" in text) is not private
    assert content["tables"]["messages"][0]["text"] == words("a parent")
    assert content["tables"]["messages"][0]["at"].startswith("2026-11-23T12:00")


async def test_what_is_deleted_cannot_be_handed_out(store: SqlStore) -> None:
    await say_everything(store)
    await store.update_done(1001)
    await store.forget("talk", NOON)
    assert WORD not in disclose(await store.everything_on("talk"), NOON, True).as_json()
    with pytest.raises(UnknownConversation):
        await store.everything_on("nobody")


def command(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(commands.settings_of, "environment", lambda: settings)
    commands.app([*words], standalone_mode=False)


async def test_the_command_writes_two_files_that_only_their_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    environment = {"HELPLINE_DATA": str(tmp_path / "var"), "HELPLINE_NOW": "2026-11-24T10:00"}
    settings = read(environment)
    settings.data.mkdir()
    store = SqlStore(settings.database_url, keyring(settings))
    await store.upgrade()
    number = await say_everything(store)
    out = tmp_path / "out"
    await asyncio.to_thread(command, environment, monkeypatch, "export", str(number), "--out", str(out))
    assert capsys.readouterr().out.split() == [str(out / "talk-1.txt"), str(out / "talk-1.json")]
    for file in out.iterdir():
        assert words("a parent") in file.read_text()
        assert words("a note") not in file.read_text()
        assert file.stat().st_mode & 0o77 == 0
    assert [(event.by, event.why) for event in await store.events_of("talk") if event.kind == "exported"] == [
        ("command line", "without private notes")
    ]
    for way in (("--call", "1"), ("--chat", reference("talk"))):
        await asyncio.to_thread(command, environment, monkeypatch, "export", *way, "--out", str(out))
        written, _ = map(Path, capsys.readouterr().out.split())
        assert words("a parent") in await asyncio.to_thread(written.read_text)
    for way in (("99",), ("--call", "99"), ("--concern", "1"), ("--chat", "000 000 000"), ("1", "--call", "1"), ()):
        with pytest.raises(SystemExit):
            await asyncio.to_thread(command, environment, monkeypatch, "export", *way)
    # A year later it is deleted, and the command says how much.
    environment["HELPLINE_NOW"] = "2027-11-24T10:00"
    await asyncio.to_thread(command, environment, monkeypatch, "retain")
    assert capsys.readouterr().out == "Deleted: 0 open_talk, 1 closed_talk, 0 callback, 0 concern_record, 0 audit.\n"
    assert await store.thread("talk") == []
    await store.close()
