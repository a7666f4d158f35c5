"""Large files by the LFS protocol: where to put them, in one part or several, and whether they have arrived."""

import hashlib
import uuid
from typing import Any

from .exchange import Refusal, Reply, Request, json_reply
from .repository import Repository
from .store import Store


def batch(store: Store, request: Request) -> Reply:
    """Says for each file where to put it, or that it is there already."""
    repository = store.repository(request, write=True)
    asked = request.json()
    transfers = {"basic", "multipart"}
    if asked["operation"] != "upload" or asked["hash_algo"] != "sha256" or not transfers <= set(asked["transfers"]):
        raise Refusal(422, f"cannot serve the batch {asked}")
    repo_id = f"{request.value('namespace')}/{request.value('name')}"
    objects = [_place(store, repository, repo_id, each["oid"], each["size"]) for each in asked["objects"]]
    reply = json_reply({"transfer": "multipart" if store.part else "basic", "objects": objects})
    reply.headers["Content-Type"] = "application/vnd.git-lfs+json"
    return reply


def put(store: Store, request: Request) -> Reply:
    """Takes a file or one part of it, as the storage behind the Hub does: no token may come here."""
    if "authorization" in request.headers:
        raise Refusal(400, "a token was sent to the storage")
    oid, part = request.value("oid"), request.value("part")
    folder = store.folder(request.value("namespace"), request.value("name")) / "lfs"
    partial = folder / f"incoming-{uuid.uuid4().hex}"
    digest, size = hashlib.sha256(), 0
    try:
        with partial.open("wb") as file:
            for chunk in request.chunks():
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        if not part and (digest.hexdigest() != oid or size != int(request.value("size"))):
            raise Refusal(400, "BadDigest")
        partial.rename(folder / (f"{oid}.{part}" if part else oid))
    finally:
        partial.unlink(missing_ok=True)
    if not part:
        store.uploaded.append(oid)
    return Reply(headers={"ETag": f'"{digest.hexdigest()}"'})


def complete(store: Store, request: Request) -> Reply:
    """Puts the parts of a file together."""
    folder = store.folder(request.value("namespace"), request.value("name")) / "lfs"
    oid, asked = request.value("oid"), request.json()
    whole = folder / f"incoming-{uuid.uuid4().hex}"
    digest = hashlib.sha256()
    with whole.open("wb") as file:
        for number, part in enumerate(asked["parts"], 1):
            content = (folder / f"{oid}.{number}").read_bytes()
            if (part["partNumber"], part["etag"].strip('"')) != (number, hashlib.sha256(content).hexdigest()):
                raise Refusal(400, "InvalidPart")
            file.write(content)
            digest.update(content)
            (folder / f"{oid}.{number}").unlink()
    if (digest.hexdigest(), asked["oid"]) != (oid, oid):
        raise Refusal(400, "BadDigest")
    whole.rename(folder / oid)
    store.uploaded.append(oid)
    return json_reply({"success": True})


def verify(store: Store, request: Request) -> Reply:
    repository = store.repository(request, write=True)
    asked = request.json()
    file = repository.large_file(asked["oid"])
    if not file.exists() or file.stat().st_size != asked["size"]:
        raise Refusal(404, "Object not found")
    return json_reply({"message": "ok"})


def _place(store: Store, repository: Repository, repo_id: str, oid: str, size: int) -> dict[str, Any]:
    known = {"oid": oid, "size": size}
    if repository.large_file(oid).exists():
        return known
    target = f"{store.base}/_storage/{repo_id}/{oid}/{size}"
    upload: dict[str, Any] = {"href": target, "header": {}}
    if store.part and size > store.part:
        parts = {f"{n:05d}": f"{target}/{n}" for n in range(1, -(-size // store.part) + 1)}
        upload = {
            "href": f"{store.base}/_complete/{repo_id}/{oid}/{size}",
            "header": {"chunk_size": str(store.part), **parts},
        }
    verification = {"href": f"{store.base}/_verify/{repo_id}", "header": {}}
    return {**known, "authenticated": True, "actions": {"upload": upload, "verify": verification}}
