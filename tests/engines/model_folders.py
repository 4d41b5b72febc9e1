"""Folders that look like models, as small as they can be."""

from pathlib import Path

from evalreport.engines.model_files import ModelFiles, NotHere, locate


def write_model(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "README.md").write_text("about")
    (folder / "training_args.bin").write_bytes(b"pickle")
    return folder


def found(path: str, relative_to: Path, **options: Path | str) -> ModelFiles:
    files = locate(path, relative_to=relative_to, **options)  # type: ignore[arg-type]
    assert isinstance(files, ModelFiles), files
    return files


def missing(path: str, relative_to: Path, **options: Path | str) -> NotHere:
    files = locate(path, relative_to=relative_to, **options)  # type: ignore[arg-type]
    assert isinstance(files, NotHere), files
    return files
