"""The report says plainly what was met, what was missed and what was not measured."""

import subprocess

from benchmarks.report import Figure, commit, table, write

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def verdict(**figure):
    return Figure("Turn", unit="ms", **figure).cells()[3]


def test_a_target_is_met_or_missed_by_so_much():
    assert verdict(value=26.04, most=40) == "met, by 14.0 ms"
    assert verdict(value=40, most=40) == "met, by 0.0 ms"
    assert verdict(value=164.2, most=120) == "**missed by 44.2 ms**"
    assert verdict(value=38, least=30) == "met, by 8.0 ms"
    assert verdict(value=12.5, least=30) == "**missed by 17.5 ms**"
    assert verdict(value=12.5) == ""


def test_what_was_not_measured_is_said_and_never_met():
    assert Figure("Load", None, "s", least=5, compared=True).cells() == (
        "Load",
        "not measured",
        "≥ 5 s",
        "not measured",
        "not measured",
    )


def test_the_columns_stand_under_each_other():
    lines = table([Figure("Load", 9.4, "s", most=15, baseline=85.1, compared=True), Figure("Memory", 1024, "MB")])
    assert len({len(line) for line in lines.splitlines()}) == 1
    assert "| 85.1 s" in lines
    assert "| 1,024 MB" in lines


def test_only_what_is_between_the_marks_is_written_anew(tmp_path):
    path = tmp_path / "docs" / "benchmarks.md"
    write(path, "first", "bench")
    assert path.read_text() == f"# Benchmarks\n\n{BEGIN}\nfirst\n{END}\n"
    path.write_text(f"# Numbers\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\n## After\n\nMore.\n")
    for _ in range(2):
        write(path, "new", "bench")
    assert path.read_text() == f"# Numbers\n\nBefore.\n\n{BEGIN}\nnew\n{END}\n\n## After\n\nMore.\n"


def test_it_says_whether_what_was_measured_is_what_the_commit_holds(tmp_path):
    def git(*words):
        mine = ("-c", "user.name=Sue", "-c", "user.email=sue@helpline.example")
        subprocess.run(["git", *mine, *words], cwd=tmp_path, check=True, capture_output=True)

    document = tmp_path / "docs" / "benchmarks.md"
    write(document, "first", "bench")
    assert commit(document) == "unknown"
    git("init")
    (tmp_path / "code.py").write_text("was = 1")
    git("add", ".")
    git("commit", "--message=first")
    write(document, "second", "bench")
    name = commit(document)
    assert " " not in name
    (tmp_path / "code.py").write_text("was = 2")
    assert commit(document) == f"{name} with changes"
