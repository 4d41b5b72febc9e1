"""Which version of a package is installed, without importing it."""

from importlib import metadata


def version_of(package: str) -> str:
    """The installed version of a package, in words when there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
