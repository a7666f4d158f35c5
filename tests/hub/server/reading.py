"""What readers ask: facts of a repository, its tree, its files."""

from typing import Any
from urllib.parse import quote

from .cards import front_matter
from .exchange import Refusal, Reply, Request, json_reply, ranged
from .repository import Repository
from .store import Store, bearer
from .xet import materialise, xet_mark

LONG_AGO = "2026-01-01T00:00:00.000Z"


def whoami(store: Store, request: Request) -> Reply:
    if bearer(request) is None:
        raise Refusal(401, "Invalid credentials in Authorization header")
    token = {"displayName": "test", "role": "write"}
    auth = {"type": "access_token", "accessToken": token}
    return json_reply({"type": "user", "id": "1", "name": "instraug", "fullname": "x", "orgs": [], "auth": auth})


def info(store: Store, request: Request) -> Reply:
    repository = store.repository(request)
    commit = repository.resolve(request.value("revision", "main"))
    tree = repository.tree(commit)
    card: Any = None
    if "README.md" in tree:
        card, _ = front_matter(repository.blob(tree["README.md"]["oid"]).decode(errors="replace"))
    repo_id = f"{request.value('namespace')}/{request.value('name')}"
    return json_reply(
        {
            "_id": "1",
            "id": repo_id,
            "author": request.value("namespace"),
            "sha": commit,
            "private": repository.private,
            "gated": False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "cardData": card or {},
            "createdAt": LONG_AGO,
            "lastModified": LONG_AGO,
            "siblings": [{"rfilename": path} for path, entry in tree.items() if entry["type"] == "file"],
        }
    )


def tree(store: Store, request: Request) -> Reply:
    repository = store.repository(request)
    entries = repository.tree(repository.resolve(request.value("revision")))
    folder = request.value("path").strip("/")
    if folder and entries.get(folder, {}).get("type") != "directory":
        raise Refusal(404, f'{folder} does not exist on "{request.value("revision")}"', "EntryNotFound")
    query = request.query
    deep = query.get("recursive", "false").lower() in ("true", "1")
    prefix = f"{folder}/" if folder else ""
    below = [entry for path, entry in entries.items() if path.startswith(prefix)]
    listed = [entry for entry in below if deep or "/" not in entry["path"][len(prefix) :]]
    start, limit = int(query.get("cursor", 0)), int(query.get("limit", store.page))
    headers = {}
    if start + limit < len(listed):
        kept = "&".join(f"{name}={quote(value)}" for name, value in query.items() if name != "cursor")
        headers["Link"] = f'<{store.base}{request.path}?{kept}&cursor={start + limit}>; rel="next"'
    return json_reply(listed[start : start + limit], headers=headers)


def paths_info(store: Store, request: Request) -> Reply:
    repository = store.repository(request)
    entries = repository.tree(repository.resolve(request.value("revision")))
    paths = request.form("paths")
    if len(paths) > 1000:
        raise Refusal(413, "too many parameters")
    return json_reply([entries[path.strip("/")] for path in paths if path.strip("/") in entries])


def refs(store: Store, request: Request) -> Reply:
    groups = {"refs/heads/": "branches", "refs/tags/": "tags", "refs/pr/": "pullRequests"}
    listed: dict[str, list[dict[str, str]]] = {"converts": [], **{group: [] for group in groups.values()}}
    for ref, commit in store.repository(request).refs():
        for prefix, group in groups.items():
            if ref.startswith(prefix):
                listed[group].append({"name": ref.removeprefix(prefix), "ref": ref, "targetCommit": commit})
    return json_reply(listed)


def resolve(store: Store, request: Request) -> Reply:
    """A small file, or the way to a large one on the other origin."""
    repository = store.repository(request)
    commit = repository.resolve(request.value("revision"))
    path = request.value("path")
    entry = repository.tree(commit).get(path)
    if entry is None or entry["type"] != "file":
        raise Refusal(404, f'{path} does not exist on "{request.value("revision")}"', "EntryNotFound")
    headers = {"X-Repo-Commit": commit, "ETag": f'"{entry["oid"]}"'}
    if "lfs" not in entry:
        return ranged(request, repository.blob(entry["oid"]), headers)
    return Reply(302, b"", headers | _large_file_headers(store, request, repository, commit, entry["lfs"]))


def _large_file_headers(
    store: Store, request: Request, repository: Repository, commit: str, lfs: dict[str, Any]
) -> dict[str, str]:
    repo_id = f"{request.value('namespace')}/{request.value('name')}"
    headers = {
        "Accept-Ranges": "bytes",
        "X-Linked-Size": str(lfs["size"]),
        "X-Linked-Etag": f'"{lfs["oid"]}"',
        "Location": f"{store.cdn}/_cdn/{repo_id}/{lfs['oid']}",
    }
    if mark := xet_mark(repository, lfs["oid"]):
        headers["X-Xet-Hash"] = mark[0]
        headers["Link"] = f'<{store.base}/api/datasets/{repo_id}/xet-read-token/{commit}>; rel="xet-auth"'
    return headers


def cdn(store: Store, request: Request) -> Reply:
    """The content of a large file, from the other origin, where no token may come."""
    if "authorization" in request.headers:
        raise Refusal(400, "a token was sent to the CDN")
    folder = store.folder(request.value("namespace"), request.value("name"))
    if not folder.is_dir():
        raise Refusal(404, "Repository not found")
    file = Repository(folder).large_file(request.value("oid"))
    if not file.exists():
        materialise(store, Repository(folder), request.value("oid"))
    return ranged(request, file, {"ETag": f'"{request.value("oid")}"'})
