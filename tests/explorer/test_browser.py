"""The app in a real Chromium: clicks, keyboard, a phone's width, and hostile text."""

import pytest

from tests.chromium import CHROMIUM
from tests.explorer.conftest import HOSTILE, LONG

pytestmark = pytest.mark.full

PROMPT = ".example .prompt"


@pytest.fixture(scope="module")
def browser():
    """A Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[390, 768, 1280])
def page(request, browser):
    """An empty page as wide as a phone, a tablet, or a laptop; it notes what it loads, and errors of scripts."""
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    page.set_default_timeout(120_000)
    page.loaded, page.errors = [], []
    page.on("request", lambda loaded: page.loaded.append(loaded.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    page.close()


def fits(page):
    """Whether nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_slider_moves_through_the_epochs_by_keyboard(page, address):
    """Each arrow key is an epoch, its prompt another wording; three instructions come once in three epochs."""
    page.goto(address)
    page.wait_for_selector(PROMPT)
    slider = page.locator("#epoch input[type=range]")
    slider.focus()
    prompts = [page.locator(PROMPT).inner_text()]
    for epoch in (1, 2):
        slider.press("ArrowRight")
        page.wait_for_selector(f"text=Prompt in epoch {epoch}")
        prompts.append(page.locator(PROMPT).inner_text())
    assert len(set(prompts)) == 3
    slider.press("ArrowLeft")
    page.wait_for_selector("text=Prompt in epoch 1")
    assert page.locator(PROMPT).inner_text() == prompts[1]
    assert page.errors == []


def test_examples_are_chosen_and_instructions_searched_by_click(page, address):
    """Another example shows its own fields; a word finds the instructions that hold it; statistics are a click away."""
    page.goto(address)
    page.wait_for_selector(PROMPT)
    page.get_by_label("Example", exact=True).click()
    page.keyboard.type("2.")  # takes the place of what is chosen, and filters
    page.get_by_role("option", name="2. 1").click()
    page.wait_for_selector(f"{PROMPT} >> text=red thing 1")
    boxes = page.locator(".example svg text").all_inner_texts()
    assert sorted(page.locator(".example svg text").all_text_contents()) == ["a", "b", "region"], boxes
    assert fits(page)
    page.get_by_role("tab", name="Instructions").click()
    page.get_by_label("Search", exact=True).press_sequentially("take")
    page.wait_for_selector("text=1 instruction found.")
    page.get_by_text("Where it comes from").click()
    assert page.locator(".instraug details li").count() == 3
    assert fits(page)
    page.get_by_role("tab", name="Statistics").click()
    page.wait_for_selector("td >> text=3.0x")
    assert fits(page)
    assert page.errors == []


def test_the_page_loads_nothing_from_elsewhere(page, address):
    """Every request goes to the app itself: no font, script or statistics from a server of somebody else."""
    page.goto(address)
    page.wait_for_selector(PROMPT)
    assert page.loaded
    assert [url for url in page.loaded if not url.startswith((address, "data:", "blob:"))] == []


def test_hostile_text_stays_text(page, hostile_address):
    """Markup, templates, control characters and 10,000 letters in a row are shown; no script of the data runs."""
    page.goto(hostile_address)
    page.wait_for_selector(PROMPT)
    slider = page.locator("#epoch input[type=range]")
    slider.focus()
    for epoch in range(4):
        if epoch:
            slider.press("ArrowRight")
        page.wait_for_selector(f"text=Prompt in epoch {epoch}")
        assert HOSTILE + LONG in page.locator(PROMPT).text_content()
        assert fits(page)
    for tab in ("Instructions", "Statistics"):
        page.get_by_role("tab", name=tab).click()
        assert fits(page)
    page.get_by_role("tab", name="Examples").click()
    page.get_by_label("Example", exact=True).click()
    page.get_by_role("option").first.wait_for()
    assert fits(page)
    assert page.title() != "broken"
    assert page.locator("img[src=x]").count() == 0
    assert page.errors == []
