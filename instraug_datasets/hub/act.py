"""Carrying a plan out: shards are uploaded one by one, and then one commit on the planned parent shows them all.

Until that commit the repository is as it was. What a run that was interrupted has uploaded is not uploaded again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from ..errors import HubError
from ..recipe import PromptSettings
from .calls import Caller, StaleParentError, UncertainError, UnreachableError
from .files import PlannedFile
from .naming import POOL_FILE
from .plan import Plan, make_plan
from .progress import Progress, Published, Step, own_progress_bar_only
from .publication import Publication
from .repository import MAIN, RepositoryState, read_state
from .writing import RUNNERS, ShardWriter, open_writer

__all__ = ["RUNNERS", "plan_publication", "publish"]

_ROUNDS = 20
"""How often a plan is made anew because somebody else has committed; each time somebody got further."""

MESSAGE = "Publish with instraug-datasets"


def plan_publication(
    publication: Publication,
    repo_id: str,
    *,
    revision: str | None = None,
    token: str | None = None,
    caller: Caller | None = None,
    must_reach: bool = True,
) -> Plan:
    """What `publish` would do now; nothing is written anywhere.

    Args:
        revision: The branch; None for the main one.
        token: A token with read access; None for the one that you are logged in with.
        must_reach: Whether the Hub has to be reached. If not, and it cannot be, the plan is that for an empty
            repository, as its notes say.

    Raises:
        HubError: If the repository cannot be read.
        PublicationError: If its card or recipe cannot be read, or the repository id is malformed.
    """
    try:
        state = read_state(HfApi(token=token), repo_id, revision=revision, caller=caller or Caller())
    except UnreachableError as error:
        if must_reach:
            raise
        state = RepositoryState(repo_id=repo_id, revision=revision or MAIN, exists=False, unseen=str(error))
    return make_plan(publication, state)


def publish(
    publication: Publication,
    repo_id: str,
    *,
    revision: str | None = None,
    private: bool = False,
    create_pr: bool = False,
    token: str | None = None,
    progress: Progress | None = None,
    caller: Caller | None = None,
    runner: str = RUNNERS[0],
    address: str | None = None,
) -> Published:
    """Publish in one commit; where somebody else commits first, plan anew on theirs.

    Args:
        revision: The branch; it is made from the main one if it does not exist.
        private: Whether the repository is private, if it is to be created.
        create_pr: Whether to open a pull request instead of committing.
        token: A token with write access; None for the one that you are logged in with.
        progress: What to tell after each shard.
        runner: Where shards that are not published as they were built are written: `local`, or `ray` for a Ray cluster
            whose machines have the built shards at the same path. The files are the same, byte for byte.
        address: The address of the Ray cluster; None for the one that this machine is part of, or else a new one here.

    Raises:
        HubError: If the Hub refuses or cannot be reached; the repository is as it was.
        PublicationError: If the card or recipe of the repository cannot be read.
        OutputError: If a changed shard cannot be written to the folder for temporary files.
        UnknownNameError: If the runner is unknown.
        SettingError: If there is no Ray cluster at the address.
        DependencyError: If the runner is not installed.
    """
    api = HfApi(token=token)
    with open_writer(publication, runner, address) as writer, own_progress_bar_only(active=progress is not None):
        run = _Run(api, publication, repo_id, revision, create_pr, caller or Caller(), progress, writer)
        return run.publish(private=private)


@dataclass(slots=True)
class _Run:
    """One publication on its way; remembers the shards that it has prepared, and which of them it had to send."""

    api: HfApi
    publication: Publication
    repo_id: str
    revision: str | None
    create_pr: bool
    caller: Caller
    progress: Progress | None
    writer: ShardWriter
    uploads: dict[PlannedFile, CommitOperationAdd] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    known_pull_requests: frozenset[str] = frozenset()
    prompts: PromptSettings | None = None

    def publish(self, *, private: bool) -> Published:
        for attempt in range(_ROUNDS):
            plan = make_plan(self.publication, self.state())
            if plan.state.head is None:
                self.create(plan.state, private=private)
                plan = make_plan(self.publication, self.state())
            self.forget_other_prompts(plan)
            operations = self.operations(plan)
            if not operations:
                return self.published(plan.state.head, changed=attempt > 0)
            try:
                return self.commit(plan, operations)
            except StaleParentError:
                continue
            except UncertainError as error:
                found = self.find_pull_request(operations) if self.create_pr else None
                if found is not None:
                    return self.published(found[1], pull_request=found[0])
                if attempt >= self.caller.tries - 1:
                    raise HubError(str(error)) from None
                self.caller.wait(attempt)
                # If the commit was made after all, nothing is left to do for the plan that is made next.
        raise HubError(
            f"Others have committed to {self.repo_id} {_ROUNDS} times meanwhile. Try again when it is quiet."
        )

    def forget_other_prompts(self, plan: Plan) -> None:
        """Write shards with prompts anew if somebody else has changed the settings that the plan keeps."""
        if plan.publication.prompts != self.prompts:
            self.uploads = {file: upload for file, upload in self.uploads.items() if file.change.epoch is None}
        self.prompts = plan.publication.prompts

    def state(self) -> RepositoryState:
        return read_state(self.api, self.repo_id, revision=self.revision, caller=self.caller)

    def create(self, state: RepositoryState, *, private: bool) -> None:
        if not state.exists:
            self.caller(
                lambda: self.api.create_repo(self.repo_id, repo_type="dataset", private=private, exist_ok=True),
                "create",
                self.repo_id,
            )
        if state.revision != MAIN:
            self.caller(
                lambda: self.api.create_branch(self.repo_id, repo_type="dataset", branch=state.revision, exist_ok=True),
                "make a branch in",
                self.repo_id,
                state.revision,
            )

    def operations(self, plan: Plan) -> list[CommitOperationAdd | CommitOperationDelete]:
        """What the commit consists of; all shards among it are uploaded."""
        operations: list[CommitOperationAdd | CommitOperationDelete] = []
        self.writer.expect(plan.publication, [each for each in plan.files if each.change and each not in self.uploads])
        for number, file in enumerate(plan.files):
            addition = self.addition(plan, file)
            if addition is not None:
                operations.append(addition)
            if self.progress is not None:
                self.progress(Step(number + 1, len(plan.files), file.path))
        operations += self.small_files(plan)
        operations += [CommitOperationDelete(path) for path in plan.deleted]
        return operations

    def addition(self, plan: Plan, file: PlannedFile) -> CommitOperationAdd | None:
        """A shard, uploaded; None for one that the repository has already."""
        remote = plan.state.files.get(file.path)
        if file not in self.uploads:
            if plan.has(file):
                return None
            self.upload(file, remote.sha256 if remote else None)
        addition = self.uploads[file]
        return None if remote is not None and remote.sha256 == addition.upload_info.sha256.hex() else addition

    def upload(self, file: PlannedFile, present: str | None) -> None:
        with tempfile.TemporaryDirectory(prefix="instraug-") as folder:
            local = file.shard.file
            if file.change:
                local = Path(folder) / "shard.parquet"
                self.writer.write(file, local)
            addition = CommitOperationAdd(file.path, local)
            if addition.upload_info.sha256.hex() != present:
                self.preupload(addition)
                self.sent.append(file.path)
        self.uploads[file] = addition

    def preupload(self, addition: CommitOperationAdd) -> None:
        self.caller(
            lambda: self.api.preupload_lfs_files(
                self.repo_id,
                [addition],
                repo_type="dataset",
                revision=self.revision,
                create_pr=self.create_pr,
            ),
            f"upload {addition.path_in_repo} to",
            self.repo_id,
        )
        # The client leaves out of a commit what was there when it was uploaded. The plan knows what is there now.
        addition._remote_oid = None

    def small_files(self, plan: Plan) -> Iterator[CommitOperationAdd]:
        """The card, the recipe and the pool, those that change."""
        with tempfile.TemporaryDirectory(prefix="instraug-") as folder:
            local = Path(folder) / "pool.parquet"
            plan.pool.save(local)
            pool = CommitOperationAdd(POOL_FILE, local.read_bytes())
        remote = plan.state.files.get(POOL_FILE)
        if remote is None or remote.sha256 != pool.upload_info.sha256.hex():
            self.preupload(pool)
            yield pool
        old_recipe = None if plan.state.recipe is None else plan.state.recipe.to_yaml()
        for path, text, old in zip(plan.texts, plan.texts.values(), (plan.state.card, old_recipe), strict=True):
            if text != old:
                yield CommitOperationAdd(path, text.encode())

    def commit(self, plan: Plan, operations: list[CommitOperationAdd | CommitOperationDelete]) -> Published:
        if self.create_pr:
            self.known_pull_requests = frozenset(self.pull_requests())
        made = self.caller.once(
            lambda: self.api.create_commit(
                self.repo_id,
                operations,
                commit_message=MESSAGE,
                repo_type="dataset",
                revision=self.revision,
                parent_commit=plan.state.head,
                create_pr=self.create_pr,
            ),
            "commit to",
            self.repo_id,
            self.revision or MAIN,
        )
        return self.published(made.oid, pull_request=made.pr_revision)

    def find_pull_request(self, operations: list[CommitOperationAdd | CommitOperationDelete]) -> tuple[str, str] | None:
        """The pull request that was opened although the answer said otherwise."""
        added = {each.path_in_repo for each in operations if isinstance(each, CommitOperationAdd)}
        for revision, head in self.pull_requests().items():
            if revision not in self.known_pull_requests:
                state = read_state(self.api, self.repo_id, revision=revision, caller=self.caller)
                plan = make_plan(self.publication, state)
                if added <= set(state.files) and not self.operations(plan):
                    return revision, head
        return None

    def pull_requests(self) -> dict[str, str]:
        refs = self.caller(
            lambda: self.api.list_repo_refs(self.repo_id, repo_type="dataset", include_pull_requests=True),
            "list the pull requests of",
            self.repo_id,
        )
        return {each.ref: each.target_commit for each in refs.pull_requests or ()}

    def published(self, commit: str | None, *, pull_request: str | None = None, changed: bool = True) -> Published:
        return Published(
            repo_id=self.repo_id,
            revision=self.revision or MAIN,
            commit=commit,
            pull_request=pull_request,
            uploaded=tuple(self.sent),
            changed=changed,
        )
