"""A data folder holds one running helpline, and tells where its Rasa is."""

import stat

import pytest

from bot.running import AlreadyRunning, found, noted
from bot.settings import read


@pytest.fixture
def settings(tmp_path):
    return read({"HELPLINE_DATA": str(tmp_path), "HELPLINE_PORT": "9000"})


def test_a_running_helpline_is_found_with_its_port_and_token(settings, tmp_path):
    other = read({"HELPLINE_DATA": str(tmp_path)})
    with noted(settings):
        there = found(other)
    assert (there.rasa_port, there.rasa_token) == (9001, settings.rasa_token)
    assert there.port == other.port


def test_none_is_found_where_none_runs(settings):
    assert found(settings) is None
    with noted(settings):
        pass
    assert found(settings) is None


def test_a_note_left_by_a_helpline_that_was_killed_is_not_believed(settings):
    settings.data.joinpath("running.json").write_text('{"rasa_port": 1, "rasa_token": "old"}')
    assert found(settings) is None


def test_a_second_helpline_on_the_same_folder_is_refused(settings):
    with noted(settings), pytest.raises(AlreadyRunning), noted(settings):
        pass


def test_only_the_owner_can_read_the_note(settings):
    with noted(settings):
        assert stat.S_IMODE((settings.data / "running.json").stat().st_mode) == 0o600
