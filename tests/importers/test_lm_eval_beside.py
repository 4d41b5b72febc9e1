"""What lies beside lm-eval's samples: taken where it is of the same run, and named where not."""

import shutil
from pathlib import Path

from tests.importers.lm_eval_files import (
    BASE,
    CHAT,
    TUNED,
    raw_rows,
    read,
    results,
    samples,
    written,
)


def copied(folder: Path, *files: Path, **names: str) -> Path:
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder / names.get(file.stem.partition("_")[0], file.name))
    return folder


def test_a_renamed_file_takes_its_task_from_the_only_results_file(tmp_path: Path) -> None:
    files = (samples(CHAT, "tiny_vowel"), results(CHAT))
    folder = copied(tmp_path / "run", *files, samples="mine.jsonl", results="results.json")
    reading, rows = read(folder / "mine.jsonl")
    assert {row.part for row in rows} == {"tiny_vowel strict-match", "tiny_vowel flexible-extract"}
    assert (reading.model, reading.named, reading.notes) == ("models/base", "", ())
    (folder / "results.json").unlink()
    reading, rows = read(folder / "mine.jsonl")
    assert {row.part for row in rows} == {"strict-match", "flexible-extract"}
    assert reading.notes[-1] == "Neither its name nor a results file beside it tells its task."
    assert reading.made_at == ""


def test_of_several_results_files_the_one_of_the_same_date_counts(tmp_path: Path) -> None:
    folder = copied(tmp_path / "run", *BASE.iterdir(), *TUNED.iterdir())
    for model, of in (("models/base", BASE), ("models/tuned", TUNED)):
        reading, _ = read(folder / samples(of, "tiny_vowel").name)
        assert reading.model == model
    renamed = (folder / samples(BASE, "tiny_vowel").name).rename(folder / "x.jsonl")
    assert "There are 2 results files beside it" in read(renamed)[0].notes[0]


def test_of_very_many_results_files_the_one_of_the_same_date_is_found(tmp_path: Path) -> None:
    folder = copied(tmp_path / "run", samples(BASE, "tiny_vowel"), results(BASE))
    for i in range(250):
        (folder / f"results_2020-01-01T00-00-{i:02d}.{i}.json").write_text("{}", encoding="utf-8")
    reading, _ = read(folder / samples(BASE, "tiny_vowel").name)
    assert reading.model == "models/base"


def test_samples_that_end_in_json_are_no_results(tmp_path: Path) -> None:
    """As the datasets of leaderboards call them; the results file may be called after an output."""
    folder = copied(tmp_path / "run", results(BASE))
    date = results(BASE).stem.removeprefix("results")
    results(folder).rename(folder / f"mine{date}.json")
    for task in ("tiny_vowel", "tiny_choice"):
        shutil.copy(samples(BASE, task), folder / f"samples_{task}{date}.json")
    reading, rows = read(folder / f"samples_tiny_vowel{date}.json")
    assert (reading.model, reading.notes, len(rows)) == ("models/base", (), 24)


def test_a_results_file_of_another_date_or_model_tells_nothing(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_vowel")
    folder = copied(tmp_path / "run", path, results(TUNED))
    assert read(folder / path.name)[0].notes[0].startswith("No results file of its run")
    folder = copied(tmp_path / "models__base", path, results(TUNED), results="results.json")
    reading, _ = read(folder / path.name)
    assert reading.model == ""
    assert reading.notes[0].endswith("is about another model than the folder is called after.")


def test_a_broken_results_file_is_named_and_does_no_harm(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_vowel")
    folder = copied(tmp_path / "run", path, results(BASE))
    beside = folder / results(BASE).name
    beside.write_text(beside.read_text("utf-8")[:500], encoding="utf-8")
    reading, rows = read(folder / path.name)
    assert len(rows) == 24
    what = "cannot be read: the file ends before its JSON does: it was cut."
    assert reading.notes[0] == f"The results file {beside.name} beside it {what}"
    beside.write_text('{"results": {"other": {"acc,none": 1}}, "versions": {}}', encoding="utf-8")
    assert read(folder / path.name)[0].notes == (
        "The results file beside it tells nothing of this task.",
    )


def test_a_run_that_only_kept_answers_gives_outputs(tmp_path: Path) -> None:
    rows = raw_rows(samples(BASE, "tiny_vowel"))[:12]
    for row in rows:
        row.pop("exact_match")
        row |= {"metrics": ["bypass"], "bypass": None, "filter": "none"}
    reading, taken = read(written(tmp_path / samples(BASE, "tiny_vowel").name, rows))
    assert reading.gives == "outputs"
    assert {len(row.scores) for row in taken} == {0}
    assert all(row.output for row in taken)
    assert reading.notes[-1] == "The run kept answers and scored nothing."
