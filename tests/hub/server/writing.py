"""What writers ask: repositories, commits, branches and pull requests."""

import base64
import binascii
import hashlib
import json
from typing import Any

from .cards import front_matter
from .exchange import Refusal, Reply, Request, json_reply
from .repository import LARGE, STALE, Repository
from .store import Store, bearer, may_write
from .xet import find_xet_file, mark_xet_file

_LARGE_FROM = 10_000_000


def create(store: Store, request: Request) -> Reply:
    asked = request.json()
    namespace, name = asked.get("organization") or "instraug", asked["name"]
    may_write(bearer(request), namespace)
    if asked.get("type") != "dataset":
        raise Refusal(400, "this server keeps data sets only")
    folder = store.folder(namespace, name)
    url = f"{store.base}/datasets/{namespace}/{name}"
    if folder.exists():
        return json_reply({"error": "You already created this dataset repo", "url": url}, 409)
    Repository.create(folder, private=asked.get("visibility") == "private")
    return json_reply({"url": url, "name": f"{namespace}/{name}", "id": "1"})


def validate_card(store: Store, request: Request) -> Reply:
    card, errors = front_matter(request.json()["content"])
    missing = card is None and not errors
    warnings = [{"message": "empty or missing yaml metadata in repo card"}] if missing else []
    listed = [{"message": error} for error in errors]
    return json_reply({"warnings": warnings, "errors": listed}, 400 if errors else 200)


def preupload(store: Store, request: Request) -> Reply:
    """Says which files are to come as large ones."""
    repository = store.repository(request, write="create_pr" not in request.query)
    entries = repository.tree(repository.resolve(request.value("revision")))
    files = request.json()["files"]
    if len(files) > 256:
        raise Refusal(413, "too many files")
    return json_reply({"files": [_upload_mode(file, entries.get(file["path"])) for file in files]})


def _upload_mode(file: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    sample = base64.b64decode(file["sample"], validate=True)
    if len(sample) > min(512, file["size"]):
        raise Refusal(400, "the sample is too long")
    is_large = file["path"].rpartition(".")[2] in LARGE or file["size"] > _LARGE_FROM
    mode = {"path": file["path"], "uploadMode": "lfs" if is_large else "regular", "shouldIgnore": False}
    if old is not None:
        mode["oid"] = old["lfs"]["oid"] if "lfs" in old else old["oid"]
    return mode


def commit(store: Store, request: Request) -> Reply:
    """One commit, to a branch or as a new pull request; all of it or nothing."""
    as_pull_request = request.query.get("create_pr") == "1"
    repository = store.repository(request, write=not as_pull_request)
    if bearer(request) is None:
        raise Refusal(401, "Invalid username or password.")
    if request.headers.get("content-type") != "application/x-ndjson":
        raise Refusal(415, "application/x-ndjson expected")
    lines = [json.loads(line) for line in request.body().splitlines()]
    if not lines or lines[0]["key"] != "header" or not lines[0]["value"]["summary"]:
        raise Refusal(400, "the first line must be the header")
    header = lines[0]["value"]
    revision = request.value("revision")
    ref = revision if revision.startswith("refs/pr/") else f"refs/heads/{revision}"
    with repository.lock:
        parent = repository.resolve(ref if revision.startswith("refs/pr/") else revision)
        files, deleted = _changes(store, repository, parent, lines[1:])
        # The Hub takes a commit that changes nothing whatever its parent, and so does this.
        changed = any(repository.tree(parent).get(path, {}).get("oid") != _oid(c) for path, c in files.items())
        if (changed or deleted) and header.get("parentCommit") not in (None, parent):
            raise Refusal(412, STALE)
        number = _next_number(repository) if as_pull_request else 0
        if as_pull_request:
            ref = f"refs/pr/{number}"
            repository.set_ref(ref, parent)
        message = "\n\n".join(part for part in (header["summary"], header.get("description")) if part)
        made = repository.commit(ref, parent, message, files, deleted)
    repo_id = f"{request.value('namespace')}/{request.value('name')}"
    url = f"{store.base}/datasets/{repo_id}"
    reply = {"success": True, "commitOid": made, "commitUrl": f"{url}/commit/{made}", "hookOutput": ""}
    if as_pull_request:
        reply["pullRequestUrl"] = f"{url}/discussions/{number}"
    return json_reply(reply)


def _changes(
    store: Store, repository: Repository, parent: str, lines: list[dict[str, Any]]
) -> tuple[dict[str, bytes], list[str]]:
    entries = repository.tree(parent)
    files: dict[str, bytes] = {}
    deleted: list[str] = []
    for line in lines:
        key, value = line["key"], line["value"]
        path = value["path"]
        if path.startswith("/") or {"..", ".git", ""} & set(path.rstrip("/").split("/")):
            raise Refusal(400, f"bad path {path}")
        if key == "file":
            files[path] = _small_file(value)
        elif key == "lfsFile":
            files[path] = _pointer(store, repository, value)
        elif key in ("deletedFile", "deletedFolder"):
            kind = entries.get(path.rstrip("/"), {}).get("type")
            if kind != ("file" if key == "deletedFile" else "directory"):
                raise Refusal(404, "A file with this name doesn't exist", "EntryNotFound")
            deleted.append(path.rstrip("/"))
        else:
            raise Refusal(400, f"unknown key {key}")
    if "README.md" in files and (errors := front_matter(files["README.md"].decode())[1]):
        raise Refusal(400, f"Invalid metadata in README.md: {errors}")
    return files, deleted


def _small_file(value: dict[str, Any]) -> bytes:
    if value["encoding"] != "base64":
        raise Refusal(400, f"unknown encoding {value['encoding']}")
    if value["path"].rpartition(".")[2] in LARGE:
        raise Refusal(400, f"{value['path']} must come as a large file")
    try:
        return base64.b64decode(value["content"], validate=True)
    except binascii.Error as error:
        raise Refusal(400, "bad base64") from error


def _pointer(store: Store, repository: Repository, value: dict[str, Any]) -> bytes:
    oid, file = value["oid"], repository.large_file(value["oid"])
    size = file.stat().st_size if file.exists() else None
    if size is None and (found := find_xet_file(store, oid)):
        size = found[1]
        mark_xet_file(repository, oid, *found)
    if size is None:
        raise Refusal(400, f"LFS pointer pointed to a file that does not exist: {value['path']}")
    if value.get("size", size) != size or value["algo"] != "sha256":
        raise Refusal(400, f"wrong size or algorithm for {value['path']}")
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


def _oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def _next_number(repository: Repository) -> int:
    numbers = [int(ref.rpartition("/")[2]) for ref, _ in repository.refs() if ref.startswith("refs/pr/")]
    return 1 + max(numbers, default=0)


def branch(store: Store, request: Request) -> Reply:
    repository = store.repository(request, write=True)
    name = request.value("revision")
    if name.startswith("refs/"):
        raise Refusal(400, "Invalid reference for a branch")
    if repository.has(f"refs/heads/{name}"):
        raise Refusal(409, f"Reference already exists: refs/heads/{name}")
    repository.set_ref(f"refs/heads/{name}", repository.resolve(request.json().get("startingPoint", "main")))
    return json_reply({"ref": name})


def discussions(store: Store, request: Request) -> Reply:
    """A new pull request without changes."""
    repository = store.repository(request)
    if bearer(request) is None:
        raise Refusal(401, "Invalid username or password.")
    number = _next_number(repository)
    repository.set_ref(f"refs/pr/{number}", repository.resolve("main"))
    url = f"{store.base}/datasets/{request.value('namespace')}/{request.value('name')}/discussions/{number}"
    return json_reply({"num": number, "url": url})
