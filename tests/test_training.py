"""The model is trained when what it learns from changed, and only then; a failure keeps the one that was there."""

import shutil
from pathlib import Path

import pytest

from bot import training
from bot.settings import read
from bot.training import TrainingFailed, fingerprint, train


@pytest.fixture
def settings(tmp_path):
    knowledge = tmp_path / "knowledge"
    (knowledge / "cards" / "suspension").mkdir(parents=True)
    (knowledge / "cards" / "suspension" / "length.md").write_text("At most 45 days.")
    for name in ("glossary.yml", "wording.yml"):
        (knowledge / name).write_text("words: []")
    return read({"HELPLINE_DATA": str(tmp_path / "var"), "HELPLINE_KNOWLEDGE": str(knowledge)})


@pytest.fixture
def trained(monkeypatch):
    """Notes each training instead of starting Rasa."""
    times = []

    def run(settings, environment, new, say):
        new.mkdir()
        times.append(len(times) + 1)
        (new / settings.model.name).write_text(f"model {times[-1]}")

    monkeypatch.setattr(training, "_run_rasa", run)
    return times


def silent(_):
    pass


def test_a_model_is_trained_once(settings, trained):
    assert train(settings, {}, silent)
    assert not train(settings, {}, silent)
    assert settings.model.read_text() == "model 1"


def test_a_changed_card_is_learnt(settings, trained):
    train(settings, {}, silent)
    (settings.knowledge / "cards/suspension/length.md").write_text("At most 45 school days.")
    assert train(settings, {}, silent)
    assert settings.model.read_text() == "model 2"


def test_a_new_card_a_renamed_card_and_the_glossary_count_but_a_wording_does_not(settings):
    cards = settings.knowledge / "cards" / "suspension"
    seen = [fingerprint(settings.knowledge)]
    shutil.copy(cards / "length.md", cards / "days.md")
    seen.append(fingerprint(settings.knowledge))
    (cards / "days.md").rename(cards / "zeta.md")
    seen.append(fingerprint(settings.knowledge))
    (settings.knowledge / "glossary.yml").write_text("words: [PRU]")
    seen.append(fingerprint(settings.knowledge))
    assert len(set(seen)) == 4
    (settings.knowledge / "wording.yml").write_text("hello: Hello")
    assert fingerprint(settings.knowledge) == seen[-1]


def test_a_training_that_fails_keeps_the_model_that_was_there(settings, trained, monkeypatch):
    train(settings, {}, silent)
    (settings.knowledge / "glossary.yml").write_text("words: [PRU]")

    def fail(settings, environment, new, say):
        new.mkdir()
        raise TrainingFailed("no")

    monkeypatch.setattr(training, "_run_rasa", fail)
    with pytest.raises(TrainingFailed):
        train(settings, {}, silent)
    assert settings.model.read_text() == "model 1"


def test_what_a_killed_training_left_is_cleared_away(settings, trained):
    (settings.model.parent / "new").mkdir(parents=True)
    (settings.model.parent / "new" / "half").write_text("")
    assert train(settings, {}, silent)
    assert sorted(path.name for path in settings.model.parent.iterdir()) == ["helpline.tar.gz", "lock", "stamp"]


@pytest.mark.parametrize("code", [0, 2])
def test_the_last_lines_of_rasa_are_told_when_there_is_no_model(settings, tmp_path, monkeypatch, code):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho why it failed\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(training.sys, "executable", str(program))
    with pytest.raises(TrainingFailed, match="why it failed"):
        train(settings, {"PATH": "/usr/bin:/bin"}, silent)
    assert "why it failed" in Path(settings.logs / "training.log").read_text()


def test_each_step_of_the_training_is_shown(settings, tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text(
        "#!/bin/sh\n"
        "echo \"2026 INFO rasa.engine - Starting to train component 'bot.nlu.encoder.SentenceEncoder'.\"\n"
        'while [ "$1" != --out ]; do shift; done; mkdir -p "$2"; echo model > "$2/helpline.tar.gz"\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(training.sys, "executable", str(program))
    said = []
    assert train(settings, {"PATH": "/usr/bin:/bin"}, said.append)
    assert [line.split(maxsplit=2)[2] for line in said[1:-1]] == ["SentenceEncoder"]
    assert settings.model.read_text() == "model\n"
