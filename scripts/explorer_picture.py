"""Takes the picture of the explorer in README.md: an example of the demo world in a browser.

python scripts/explorer_picture.py

Needs the extras [explore,browser] and a Chromium; `make pictures` draws this one and that of the three epochs.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from instraug_datasets.explorer import launch, open_demo

__all__ = ["PICTURE", "main"]

PICTURE = Path(__file__).parents[1] / "docs" / "explorer.png"

_WIDTH, _HEIGHT = 860, 960
_TASK, _EPOCH = "VG_selection", 3


def main(output: Path = PICTURE) -> None:
    """Serve a temporary demo world, and write the picture."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = launch(open_demo(folder, options_style="letters"), prevent_thread_lock=True)
        window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = window.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme="light")
        page.goto(app.local_url)
        _choose(page)
        page.screenshot(path=output)
        window.close()
        app.close(verbose=False)


def _choose(page: Page) -> None:
    page.wait_for_selector(".example .prompt")
    page.get_by_label("Task", exact=True).first.click()
    page.keyboard.type(_TASK)
    page.get_by_role("option", name=_TASK, exact=True).click()
    page.wait_for_selector(f".example >> text={_TASK} ·")
    slider = page.locator("#epoch input[type=range]")
    slider.focus()
    for epoch in range(1, _EPOCH + 1):
        slider.press("ArrowRight")
        page.wait_for_selector(f"text=Prompt in epoch {epoch}")


if __name__ == "__main__":
    main()
