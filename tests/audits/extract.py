"""What a coverage file lacks of its text, or has too much: run by hand, where the text is.

python -m tests.audits.extract TEXT FOLDER          # specs/audits/qwen3-reasoning
python -m tests.audits.extract TEXT                 # a skeleton of coverage.yaml to fill in
"""

import hashlib
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from evalreport.spec.yaml12 import compose
from tests.audits.coverage import faults_in_spec, faults_in_text, read_coverage
from tests.audits.numerals import numerals
from tests.audits.sentences import sentences


def skeleton(path: Path) -> Iterator[str]:
    """A coverage file without a fate for anything."""
    text = path.read_text(encoding="utf-8")
    yield f"source: {path.name}"
    yield f"sha256: {hashlib.sha256(path.read_bytes()).hexdigest()}"
    yield f"lines: {len(text.splitlines())}"
    yield "numerals:"
    for one in numerals(text):
        yield f'  - {{line: {one.line}, numeral: "{one.text}", at: }}'
    yield "evaluative:"
    for line, found in groupby((s for s in sentences(text) if s.is_evaluative), lambda s: s.line):
        for sentence in found:
            yield f"  - {{line: {line}, sentence: {sentence.place}, claim: }}  # {sentence.text}"


def faults(text: Path, folder: Path) -> Iterator[str]:
    """Everything in which text, coverage file and spec do not agree."""
    coverage = read_coverage(folder / "coverage.yaml")
    if hashlib.sha256(text.read_bytes()).hexdigest() != coverage.sha256:
        yield f"{text.name} is not the text that the file was made from"
    yield from faults_in_text(coverage, text.read_text(encoding="utf-8"))
    spec = compose((folder / "spec.yaml").read_text(encoding="utf-8")).value
    yield from faults_in_spec(coverage, spec)


def main(arguments: list[str]) -> int:
    """Print what is wrong, one a line; 1 where anything is."""
    match arguments:
        case [text]:
            found = list(skeleton(Path(text)))
            code = 0
        case [text, folder]:
            found = list(faults(Path(text), Path(folder)))
            code = int(bool(found))
        case _:
            found, code = [__doc__ or ""], 2
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
