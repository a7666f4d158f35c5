"""The site: it builds in strict mode, where a broken link, anchor or reference is an error."""

import os
import re
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


def build_pages(folder, line):
    """Build a site of the same settings, whose pages are titles alone, but for a line of one of them."""
    (folder / "docs").mkdir()
    for page in PAGES:
        (folder / "docs" / f"{page}.md").write_text(f"# {page}\n", encoding="utf-8")
    for name in ("examples", "instraug_datasets", "builders", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    with (folder / "docs" / "paper.md").open("a", encoding="utf-8") as page:
        page.write(f"\n{line}\n")
    return build(folder / "mkdocs.yml", folder / "site")


def test_pages_of_titles_build(tmp_path):
    """So that those with a broken line fail because of it."""
    code, output = build_pages(tmp_path, "[a page](index.md#index)")
    assert code == 0, output


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
    code, output = build_pages(tmp_path, line)
    assert code != 0
    assert report in output


@pytest.mark.parametrize("page", ["custom_data", "training"])
def test_the_scripts_that_a_page_shows_are_on_the_site(site, page):
    """Above each stands a link to its file, by the path that it has in a clone too."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    scripts = re.findall(r'^--8<-- "(.*)"$', text, re.MULTILINE)
    assert scripts
    html = (site / page / "index.html").read_text(encoding="utf-8")
    for script in scripts:
        assert f"(../{script})" in text
        assert f'href="../{script}"' in html
        assert (site / script).read_bytes() == (ROOT / script).read_bytes()
