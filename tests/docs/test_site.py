"""The site: it builds in strict mode, where a broken link, anchor or reference is an error."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.docs.running import DOCS, ROOT

PAGES = sorted(path.stem for path in DOCS.glob("*.md"))


def build(config, output):
    """Build the site; return the exit code and what was reported. With `--quiet`, mkdocs would not count warnings."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--config-file", config, "--site-dir", output],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    code, output = build(ROOT / "mkdocs.yml", folder)
    assert code == 0, output
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_built(site, page):
    """Each has its HTML, in which no snippet or reference is left as it was written."""
    html = (site / ("index.html" if page == "index" else f"{page}/index.html")).read_text(encoding="utf-8")
    assert "<h1" in html
    assert "--8&lt;--" not in html
    assert "::: instraug" not in html


@pytest.mark.parametrize(
    ("line", "report"),
    [
        ("[a page](no_such_page.md)", "no_such_page.md"),
        ("[a place](index.md#no-such-place)", "no-such-place"),
        ('```python\n--8<-- "examples/no_such_example.py"\n```', "no_such_example.py"),
        ("::: instraug_datasets.no_such_name", "no_such_name"),
    ],
    ids=["page", "anchor", "snippet", "name"],
)
def test_a_broken_link_fails_the_build(tmp_path, line, report):
    """So does a missing snippet, and a name that the API lacks."""
    shutil.copytree(DOCS, tmp_path / "docs")
    for folder in ("examples", "instraug_datasets", "builders", "scripts"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    with (tmp_path / "docs" / "paper.md").open("a", encoding="utf-8") as page:
        page.write(f"\n{line}\n")
    code, output = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert code != 0
    assert report in output
