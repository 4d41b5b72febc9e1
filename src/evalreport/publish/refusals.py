"""What the hub or the network says against a publication, in three parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from evalreport.errors import EvalReportError, printable

_LONGEST: Final = 300
_GOES_ON: Final = "nothing was lost: the same command goes on where this one stopped"
_LOGIN: Final = "log in with `hf auth login`, or set HF_TOKEN to a token that may write there"


@contextmanager
def told(doing: str, where: str) -> Iterator[None]:
    """Turn what goes wrong inside into an error for people.

    Args:
        doing: What was being done, as a sentence goes on after "while".
        where: The repository, or the address of the hub.

    Raises:
        EvalReportError: Something went wrong at the hub or on the way there.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except RuntimeError as error:  # the client wraps what goes wrong with one file
        if not isinstance(error.__cause__, HfHubHTTPError | httpx2.HTTPError | OSError):
            raise
        raise _of(error.__cause__, doing, where) from error
    except (HfHubHTTPError, httpx2.HTTPError, OfflineModeIsEnabled, ConnectionError) as error:
        raise _of(error, doing, where) from error
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        # An answer of another shape than the client expects, or a name that is none.
        raise EvalReportError.because(
            f"the hub's answer or the name cannot be used, while {doing}: {_short(error)}",
            where=where,
            hint="mend what it names, and try again",
        ) from error


def is_passing(error: BaseException) -> bool:
    """Whether the same may go well a moment later: the hub failed, or the network did."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        return error.response.status_code >= 500
    return isinstance(error, httpx2.TransportError)


def _of(error: BaseException, doing: str, where: str) -> EvalReportError:
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    if not isinstance(error, HfHubHTTPError):
        return EvalReportError.because(
            f"the hub cannot be reached, while {doing}: {_short(error)}",
            where=where,
            hint=f"{_GOES_ON}; HF_ENDPOINT and HF_HUB_OFFLINE say where it is and whether it may "
            "be asked",
        )
    status = error.response.status_code
    said = _said(error)
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        what = f"there is no such repository, or this token may not see it, while {doing}"
        return EvalReportError.because(
            what + said, where=where, hint=f"mend publish.repo, or {_LOGIN}"
        )
    match status:
        case 401:
            what, hint = "the hub does not know this token", _LOGIN
        case 403:
            what = "this token may not do that"
            hint = f"ask for the right to write there, name another publish.repo, or {_LOGIN}"
        case 409 | 412:
            what = "somebody else changed the repository meanwhile"
            hint = (
                "the same command shows what is there now, and goes on; nothing was overwritten "
                "(large files may have been sent, and stand in no commit)"
            )
        case 429:
            after = error.response.headers.get("Retry-After", "")
            wait = f"wait {after} seconds" if after.isdecimal() else "wait a while"
            what, hint = "the hub takes no more requests now", f"{wait}; {_GOES_ON}"
        case _ if status >= 500:
            what, hint = f"the hub failed (status {status})", _GOES_ON
        case _:
            what, hint = (
                f"the hub refused it (status {status})",
                "mend what it names, and try again",
            )
    return EvalReportError.because(f"{what}, while {doing}{said}", where=where, hint=hint)


def _said(error: Any) -> str:
    """What the hub itself says, as far as it is one short line."""
    message = getattr(error, "server_message", None)
    text = " ".join(str(message).split()) if message else ""
    return f"; it says: {printable(text)[:_LONGEST]}" if text else ""


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return printable(text)[:_LONGEST]
