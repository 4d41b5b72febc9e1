"""The hub as publishing needs it: huggingface_hub's client, and nothing of it elsewhere."""

import io
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
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
    tasks: Mapping[str, Mapping[str, Json]]


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
            return str(self._api.whoami().get("name", ""))

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
        """What a commit does; made anew for every attempt, since the client writes into them."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        return [
            *(
                CommitOperationAdd(
                    one.path,
                    str(one.content) if isinstance(one.content, Path) else one.bytes,
                )
                for one in files
            ),
            *(CommitOperationDelete(path) for path in gone),
        ]

    def upload(self, repo: str, operations: Sequence[Any]) -> None:
        """Bring large files there, ahead of the commit; what is there already is not sent again."""
        from huggingface_hub import CommitOperationAdd

        additions = [one for one in operations if isinstance(one, CommitOperationAdd)]
        with told("uploading", repo), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._api.preupload_lfs_files(repo, additions=additions, free_memory=False)

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
            except ValueError:
                said = {}
            errors, warned = (
                [str(one.get("message")) for one in said.get(key) or () if isinstance(one, dict)]
                for key in ("errors", "warnings")
            )
            if not errors:
                hf_raise_for_status(answer)
        return errors, warned

    def test_set(self, dataset: str) -> TestSet | None:
        """What the hub says of a dataset; None where this token sees none."""
        from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

        with told("asking about the test set", dataset), tempfile.TemporaryDirectory() as cache:
            try:
                info = self._api.dataset_info(dataset)
            except RepositoryNotFoundError:
                return None
            is_benchmark = any(str(tag).startswith("benchmark:") for tag in info.tags or ())
            tasks: dict[str, Mapping[str, Json]] = {}
            if is_benchmark:
                try:
                    path = self._api.hf_hub_download(
                        dataset, _EVAL_YAML, repo_type="dataset", cache_dir=cache
                    )
                    tasks = _tasks(Path(path).read_text(encoding="utf-8"))
                except EntryNotFoundError:
                    is_benchmark = False
        return TestSet(bool(info.private), is_benchmark, tasks)


def _tasks(text: str) -> dict[str, Mapping[str, Json]]:
    """The tasks of a benchmark's eval.yaml; none where it cannot be read."""
    try:
        content = yaml.safe_load(io.StringIO(text))
    except yaml.YAMLError:
        return {}
    tasks = content.get("tasks") if isinstance(content, dict) else None
    return {
        str(one["id"]): one
        for one in (tasks if isinstance(tasks, list) else ())
        if isinstance(one, dict) and "id" in one
    }
