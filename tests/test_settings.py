"""Every setting has a default, a name in its error, and an explanation."""

import datetime as dt
import re

import pytest

from bot.rota import Person
from bot.settings import LONDON, ROOT, SettingsError, environment, read


class Asked(dict):
    """An environment that notes which names were asked for."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def get(self, name, default=None):
        self.names.add(name)
        return default


def test_an_empty_environment_gives_a_helpline_on_this_machine():
    settings = read({})
    assert (settings.host, settings.port, settings.rasa_port, settings.actions_port) == ("127.0.0.1", 8000, 8001, 8002)
    assert settings.data == ROOT / "var"
    assert settings.database_url == f"sqlite:///{ROOT}/var/helpline.sqlite"
    assert settings.model == ROOT / "var/models/helpline.tar.gz"


def test_the_example_file_explains_every_setting_and_no_other():
    asked = Asked()
    read(asked)
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = [match[1] for line in lines if (match := re.match(r"#?([A-Z_]+)=", line))]
    assert sorted(named) == sorted(asked.names)


def test_the_example_file_shows_the_defaults():
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    settings, default = read(shown | {"HELPLINE_RASA_TOKEN": "t"}), read({"HELPLINE_RASA_TOKEN": "t"})
    assert settings == default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HELPLINE_PORT", "eighty"),
        ("HELPLINE_PORT", "0"),
        ("HELPLINE_PORT", "65536"),
        ("HELPLINE_PORT", "²"),
        ("HELPLINE_RASA_PORT", "-1"),
        ("HELPLINE_ACTIONS_PORT", "1.5"),
        ("HELPLINE_DEMO_PORT", "here"),
        ("HELPLINE_PATIENCE", "long"),
        ("HELPLINE_PATIENCE", "0"),
        ("HELPLINE_PATIENCE", "nan"),
        ("HELPLINE_NOW", "tomorrow"),
        ("HELPLINE_TELEGRAM_API", "api.telegram.org"),
        ("HELPLINE_TELEGRAM_WEBHOOK", "https://"),
        ("HELPLINE_TELEGRAM_ALERTS", "advisers"),
        ("HELPLINE_TELEGRAM_ALERTS", "12"),
        ("HELPLINE_ADDRESS", "helpline.example"),
        ("HELPLINE_PROXIES", "proxy.example"),
        ("HELPLINE_WATCHERS", "prometheus.example"),
        ("HELPLINE_PROXIES", "10.0.0.1/8"),
        ("HELPLINE_SMTP_URL", "mail.charity.example:25"),
        ("HELPLINE_SMTP_URL", "smtp://"),
        ("HELPLINE_SMTP_FROM", "Helpline"),
        ("HELPLINE_ON_CALL", "sue@charity.example"),
        ("HELPLINE_ON_CALL", "Sue <020 7946 0000>"),
        ("HELPLINE_ON_CALL", "Sue <telegram:sue>"),
        ("HELPLINE_ON_CALL", "Sue <sue@charity.example> Omar <omar@charity.example>"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        read({name: value})


def test_the_last_port_leaves_no_room_for_rasa_and_says_so():
    with pytest.raises(SettingsError, match="HELPLINE_RASA_PORT"):
        read({"HELPLINE_PORT": "65535"})


@pytest.mark.parametrize(
    ("given", "demo"),
    [
        ({}, "http://127.0.0.1:8090"),
        ({"HELPLINE_PORT": "9000"}, "http://127.0.0.1:9090"),
        ({"HELPLINE_PORT": "65500"}, ""),
        ({"HELPLINE_DEMO_PORT": "0"}, ""),
        ({"HELPLINE_HOST": "0.0.0.0"}, ""),
        ({"HELPLINE_HOST": "0.0.0.0", "HELPLINE_DEMO_PORT": "8010"}, "http://127.0.0.1:8010"),
    ],
)
def test_the_example_website_is_there_where_the_pages_are_for_this_machine_alone(given, demo):
    assert read(given).demo == demo


def test_the_token_of_rasa_is_new_at_every_start_and_is_not_shown():
    one, other = read({}), read({})
    assert one.rasa_token != other.rasa_token
    assert one.rasa_token not in repr(one)
    assert read({"HELPLINE_RASA_TOKEN": "kept"}).rasa_token == "kept"


def test_the_password_of_the_database_is_not_shown():
    assert "secret" not in repr(read({"DATABASE_URL": "postgresql://helpline:secret@db/helpline"}))


def test_the_token_of_telegram_is_not_shown():
    assert "123:secret" not in repr(read({"HELPLINE_TELEGRAM_TOKEN": "123:secret"}))


def test_a_token_that_was_copied_with_the_end_of_its_line_is_the_token():
    assert read({"HELPLINE_TELEGRAM_TOKEN": " 123:AA\n"}).telegram_token == "123:AA"


def test_advisers_reach_the_desk_by_the_address_that_telegram_knows():
    assert read({}).desk == "http://127.0.0.1:8000/desk"
    assert read({"HELPLINE_TELEGRAM_WEBHOOK": "https://helpline.example/"}).desk == "https://helpline.example/desk"


MAIL = {"HELPLINE_SMTP_URL": "smtp://help%40charity.example:se%2Fcret@mail.charity.example"}


def test_people_on_call_are_read_in_their_order():
    environment = {**MAIL, "HELPLINE_TELEGRAM_TOKEN": "123:AA"}
    people = read({**environment, "HELPLINE_ON_CALL": "Sue Green <sue@x.example>, Night <telegram:-100123>,"}).on_call
    assert people == (Person("Sue Green", "email", "sue@x.example"), Person("Night", "telegram", "-100123"))
    assert read({}).on_call == ()


@pytest.mark.parametrize(
    ("people", "missing"),
    [("Sue <sue@x.example>", "HELPLINE_SMTP_URL"), ("Night <telegram:-100123>", "HELPLINE_TELEGRAM_TOKEN")],
)
def test_a_way_to_those_on_call_that_is_not_set_up_is_named(people, missing):
    with pytest.raises(SettingsError, match=f"HELPLINE_ON_CALL .* {missing}"):
        read({"HELPLINE_ON_CALL": people})


def test_two_people_on_call_have_two_names():
    with pytest.raises(SettingsError, match="'Sue' twice"):
        read({**MAIL, "HELPLINE_ON_CALL": "Sue <sue@x.example>, Sue <sue@y.example>"})


def test_e_mail_comes_from_whoever_signs_in_at_the_mail_server_unless_said_otherwise():
    assert read(MAIL).smtp_from == "help@charity.example"
    assert read({**MAIL, "HELPLINE_SMTP_FROM": "no-reply@charity.example"}).smtp_from == "no-reply@charity.example"
    assert read({"HELPLINE_SMTP_URL": "smtps://mail.charity.example"}).smtp_from == "helpline@mail.charity.example"


def test_the_password_of_the_mail_server_is_not_shown():
    assert "cret" not in repr(read(MAIL))
    with pytest.raises(SettingsError) as error:
        read({"HELPLINE_SMTP_URL": "smtp://me:secret@"})
    assert "secret" not in str(error.value)


def test_links_in_alerts_begin_with_our_address():
    assert read({"HELPLINE_ADDRESS": "https://helpline.example/"}).desk == "https://helpline.example/desk"


def test_the_clock_starts_at_the_moment_that_is_set_in_london(monkeypatch):
    monkeypatch.setattr("bot.settings._STARTED", dt.datetime.now(LONDON))
    clock = read({"HELPLINE_NOW": "2026-07-01T10:00"}).clock
    assert f"{clock():%Y-%m-%d %H:%M %Z}" == "2026-07-01 10:00 BST"
    assert clock() <= clock()


def test_the_shell_wins_over_the_file(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text('# ours\n\nHELPLINE_PORT=9000\nHELPLINE_NOW = "2026-11-23T10:00"\n')
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)
    monkeypatch.setenv("HELPLINE_PORT", "9100")
    found = environment()
    assert (found["HELPLINE_PORT"], found["HELPLINE_NOW"]) == ("9100", "2026-11-23T10:00")
