"""The hub as publishing needs it: huggingface_hub's client, and nothing of it elsewhere."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from evalreport import __version__
from evalreport.errors import EvalReportError
from evalreport.publish.model import PlannedFile
from evalreport.publish.refusals import told
from evalreport.values import Json

USUAL: Final = "https://huggingface.co"
# Read by the library when it is imported.
_QUIET: Final = {"HF_HUB_DISABLE_TELEMETRY": "1"}
_EVAL_YAML: Final = "eval.yaml"
_MOST_BYTES: Final = 256_000  # of eval.yaml; those of large benchmarks have a few thousand
_DEEPEST: Final = 20
_LONGEST: Final = 100  # letters of a task's id
_ASKED: Final = ("config", "split")  # what of a task is compared


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository: of a large one SHA-256 of its content, else what git calls it."""

    git_blob: str
    sha256: str = ""

    def holds(self, *, sha256: str, git_blob: str) -> bool:
        """Whether this is the content of these digests."""
        return self.sha256 == sha256 if self.sha256 else self.git_blob == git_blob


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit of a repository."""

    commit: str
    private: bool
    files: Mapping[str, RemoteFile]

    def has(self, file: PlannedFile) -> bool:
        """Whether a file stands there as it would leave."""
        there = self.files.get(file.path)
        if there is None:
            return False
        if there.sha256:
            return there.sha256 == file.sha256
        return there.git_blob == file.git_blob


@dataclass(frozen=True, slots=True)
class TestSet:
    """What the hub says of a dataset; `tasks` are those of its eval.yaml, by id."""

    private: bool
    is_benchmark: bool
    tasks: Mapping[str, Mapping[str, str]]


def address_here(environment: Mapping[str, str]) -> str:
    """The address of the hub: the public one, or what HF_ENDPOINT names.

    Raises:
        EvalReportError: A user and a password stand in it.
    """
    endpoint = (environment.get("HF_ENDPOINT") or USUAL).rstrip("/")
    if "@" in endpoint.partition("://")[2].partition("/")[0]:
        raise EvalReportError.because(
            "a user or a password stands in this address, and the address is shown and kept",
            where="HF_ENDPOINT",
            hint="take it out; who you are is told by HF_TOKEN",
        )
    return endpoint


def token_here(environment: Mapping[str, str]) -> str | None:
    """The token of the environment or of an earlier login; asks nobody.

    What huggingface_hub would get from elsewhere (a trusted publisher, a notebook's vault) it gets
    itself when something is pushed.
    """
    found = environment.get("HF_TOKEN") or environment.get("HUGGING_FACE_HUB_TOKEN")
    if found:
        return found.strip()
    home = Path(environment.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    try:
        return Path(environment.get("HF_TOKEN_PATH") or home / "token").read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None


class Hub:
    """One hub with one token; what goes wrong there comes as an error in three parts."""

    def __init__(self, endpoint: str, token: str | None) -> None:
        """Get ready to ask.

        Args:
            endpoint: Its address.
            token: That of the environment or of a login; None leaves it to the library.

        Raises:
            EvalReportError: There is no token.
        """
        for variable, value in _QUIET.items():
            os.environ.setdefault(variable, value)
        from huggingface_hub import HfApi, get_token
        from huggingface_hub.utils.tqdm import disable_progress_bars

        if not sys.stderr.isatty():
            disable_progress_bars()
        self.endpoint = endpoint
        with told("looking for a token", endpoint):
            self.token = token or get_token()
        if not self.token:
            raise EvalReportError.because(
                "there is no token for the hub",
                where=endpoint,
                hint="log in with `hf auth login`, or set HF_TOKEN to a token that may write",
            )
        self._api: Any = HfApi(
            endpoint=endpoint,
            token=self.token,
            library_name="evalreport",
            library_version=__version__,
        )

    def user(self) -> str:
        """Whose token it is."""
        with told("asking whose token this is", self.endpoint):
            return str(self._api.whoami()["name"])

    # The repository

    def head(self, repo: str) -> Head | None:
        """What stands in a repository; None where there is none."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with told("looking at what is there", repo):
            try:
                info = self._api.model_info(repo, files_metadata=True)
            except RepositoryNotFoundError:
                return None
        files = {
            one.rfilename: RemoteFile(one.blob_id or "", one.lfs.sha256 if one.lfs else "")
            for one in info.siblings or ()
        }
        return Head(info.sha, bool(info.private), files)

    def make(self, repo: str, *, private: bool) -> None:
        """Make a repository."""
        with told("making the repository", repo):
            self._api.create_repo(repo, private=private, exist_ok=True)

    def operations(self, files: Sequence[PlannedFile], gone: Sequence[str]) -> list[Any]:
        """What a commit does; made anew for every attempt, since the client writes into them.

        Raises:
            EvalReportError: A file is not what was planned.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        additions = []
        for one in files:
            content = str(one.content) if isinstance(one.content, Path) else one.content
            with _as_planned(one):
                added = CommitOperationAdd(one.path, content)
                # Large files are read once more here: their names at the hub come from it.
                is_same = added.upload_info.sha256.hex() == one.sha256
            if not is_same:
                raise _changed_since(one)
            additions.append(added)
        return [*additions, *(CommitOperationDelete(path) for path in gone)]

    def upload(self, repo: str, operations: Sequence[Any], files: Sequence[PlannedFile]) -> None:
        """Bring large files there, ahead of the commit; what is there already is not sent again.

        Raises:
            EvalReportError: It failed, or a file was changed while it was sent.
        """
        from huggingface_hub import CommitOperationAdd

        additions = [one for one in operations if isinstance(one, CommitOperationAdd)]
        try:
            with told("uploading", repo), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._api.preupload_lfs_files(repo, additions=additions, free_memory=False)
        except OSError as error:
            raise EvalReportError.because(
                f"a file cannot be read any more, while uploading ({error.strerror or error})",
                where=str(error.filename or repo),
                hint="mend that, and publish again: what is there is not sent again",
            ) from error
        for one in files:
            with _as_planned(one):
                is_same = one.is_as_it_was
            if not is_same:
                raise _changed_since(one)

    def commit(
        self, repo: str, operations: Sequence[Any], *, parent: str, message: str, description: str
    ) -> str:
        """One commit on top of another; gives its name.

        Raises:
            Exception: As huggingface_hub has it: the caller looks whether the commit was made.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the card, which were shown before
            made = self._api.create_commit(
                repo,
                operations,
                commit_message=message,
                commit_description=description,
                parent_commit=parent,
            )
        return str(made.oid)

    # Questions

    def validate(self, card: str) -> tuple[list[str], list[str]]:
        """What the hub has against a card: what it refuses, and what it only warns of."""
        from huggingface_hub import get_session, hf_raise_for_status

        with told("having the card checked", self.endpoint):
            answer = get_session().post(
                f"{self.endpoint}/api/validate-yaml",
                json={"content": card, "repoType": "model"},
                headers={"authorization": f"Bearer {self.token}"},
            )
            try:
                said = answer.json()
            except (ValueError, RecursionError):
                said = None
            if not isinstance(said, dict):
                hf_raise_for_status(answer)
                raise TypeError("it is no JSON object")
            errors, warned = (
                [str(one.get("message")) for one in _list(said.get(key)) if isinstance(one, dict)]
                for key in ("errors", "warnings")
            )
            if not errors:
                hf_raise_for_status(answer)
        return errors, warned

    def is_private(self, dataset: str) -> bool | None:
        """Whether a dataset is private; None where this token sees none."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with told("asking about the training set", dataset):
            try:
                return bool(self._api.dataset_info(dataset).private)
            except RepositoryNotFoundError:
                return None

    def test_set(self, dataset: str) -> TestSet | None:
        """What the hub says of a dataset; None where this token sees none."""
        from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

        with told("asking about the test set", dataset):
            try:
                info = self._api.dataset_info(dataset)
            except RepositoryNotFoundError:
                return None
            is_benchmark = any(str(tag).startswith("benchmark:") for tag in info.tags or ())
            tasks: Mapping[str, Mapping[str, str]] = {}
            if is_benchmark:
                try:
                    tasks = tasks_of(self._small_file(dataset, _EVAL_YAML))
                except EntryNotFoundError:
                    is_benchmark = False
        return TestSet(bool(info.private), is_benchmark, tasks)

    def _small_file(self, dataset: str, name: str) -> str:
        """A text of a dataset's repository; empty where it is too long to be meant."""
        from huggingface_hub import hf_hub_url

        url = hf_hub_url(dataset, name, repo_type="dataset", endpoint=self.endpoint)
        size = self._api.get_hf_file_metadata(url=url).size
        if size is None or size > _MOST_BYTES:
            return ""
        with tempfile.TemporaryDirectory() as cache:
            path = self._api.hf_hub_download(dataset, name, repo_type="dataset", cache_dir=cache)
            return Path(path).read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")


def tasks_of(text: str) -> dict[str, dict[str, str]]:
    """The tasks of a benchmark's eval.yaml by id; none where it cannot be read.

    Anybody may have written it: ids and values are short, and what refers to itself is not read.
    """
    try:
        if not _is_plain(text):
            return {}
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    tasks = content.get("tasks") if isinstance(content, dict) else None
    return {
        ident: {key: value for key in _ASKED if (value := _short(one.get(key))) is not None}
        for one in _list(tasks)
        if isinstance(one, dict) and (ident := _short(one.get("id"))) is not None
    }


def _is_plain(text: str) -> bool:
    """Whether YAML holds no references, by which little text becomes much, and is not deep."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
            return False
    return True


def _short(value: Json) -> str | None:
    """A text or a whole number as a text; None for anything else, and for what is too long."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) if isinstance(value, int) or len(value) <= _LONGEST else None


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


@contextmanager
def _as_planned(file: PlannedFile) -> Iterator[None]:
    """What cannot be read any more was changed."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: the client's word for no such file
        raise _changed_since(file) from error


def _changed_since(file: PlannedFile) -> EvalReportError:
    return EvalReportError.because(
        "it was changed while it was being published: it is not what was looked at",
        where=str(file.content) if isinstance(file.content, Path) else file.path,
        hint="let no training and no build write there meanwhile, and publish again; no commit "
        "holds it",
    )
