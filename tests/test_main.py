"""The commands say plainly what is wrong, and the gateway stays small."""

import os
import subprocess
import sys

import pytest

from bot.settings import ROOT


def command(*words, **environment):
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def bot(*words, **environment):
    return command("-m", "bot", *words, **environment)


def test_the_gateway_loads_neither_rasa_nor_tensorflow(tmp_path):
    code = (
        "import sys, bot.__main__ as main; main.prepare()\n"
        "from bot import settings, app\n"
        "app.build(settings.read(settings.environment()))\n"
        "print(sorted({name.split('.')[0] for name, module in sys.modules.items() if module}"
        " & {'rasa', 'rasa_sdk', 'sanic', 'tensorflow', 'torch', 'sklearn'}))"
    )
    done = command("-c", code, HELPLINE_DATA=str(tmp_path))
    assert done.stdout.strip() == "[]", done.stderr


def test_the_supervisor_loads_nothing_that_is_large(tmp_path):
    code = "import sys, bot.__main__, bot.pieces, bot.supervisor, bot.running, bot.training; print(len(sys.modules))"
    assert int(command("-c", code, HELPLINE_DATA=str(tmp_path)).stdout) < 400


def test_the_help_names_the_commands():
    shown = bot("--help").stdout
    for name in ("serve", "ask", "train", "adviser", "knowledge"):
        assert name in shown


@pytest.mark.parametrize("words", [(), ("a question", "--batch", "in", "--out", "out"), ("--batch", "in")])
def test_a_question_or_a_batch_is_asked_for(words):
    done = bot("ask", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Give either a question, or --batch IN --out OUT")


def test_a_batch_that_is_not_there_is_named(tmp_path):
    done = bot("ask", "--batch", "nowhere.jsonl", "--out", "out.jsonl", HELPLINE_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "nowhere.jsonl" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["serve", "gateway", "train", "rasa"])
def test_a_wrong_setting_is_one_plain_sentence(name):
    done = bot(name, HELPLINE_PORT="eighty")
    assert done.returncode == 2
    assert done.stderr == "HELPLINE_PORT must be a whole number from 1 to 65535, not 'eighty'.\n"


def test_content_that_cannot_be_read_is_named_with_its_remedy(tmp_path):
    (tmp_path / "cards").mkdir()
    done = bot("gateway", HELPLINE_KNOWLEDGE=str(tmp_path), HELPLINE_DATA=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path}/glossary.yml:1: The file is missing. Restore it from the last commit.\n"


def test_the_check_of_the_content_fails_when_it_finds_something(tmp_path):
    (tmp_path / "cards" / "suspension").mkdir(parents=True)
    (tmp_path / "cards" / "suspension" / "length.md").write_text("At most 45 days.")
    done = bot("knowledge", "check", HELPLINE_KNOWLEDGE=str(tmp_path))
    assert done.returncode == 1
    assert "length.md:1: " in done.stdout
