"""The app: tasks, examples and epochs to choose from, a search, and the statistics of the pool."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ..errors import DependencyError, without_controls
from ..samplers import STRATEGIES
from .collection import Collection
from .policy import own_content_only
from .views import Views, style_sheet

__all__ = ["build_app", "check_installed", "launch"]

_EPOCHS = 30
"""The number of epochs of the slider, at least."""

_LABEL = 40
"""The number of characters in a list that an id may have, without the source and task in front."""

_ALL_TASKS = "all tasks"


def launch(collection: Collection, *, host: str | None = None, port: int | None = None, **options: Any) -> Any:
    """Serve the explorer until it is interrupted; opens no page that is not its own, and sends nothing anywhere.

    Args:
        host: The address to listen at; None for 127.0.0.1, or what a Space sets.
        port: The port; None for the first free one from 7860.
        options: Further arguments of `gradio.Blocks.launch`, such as `inbrowser`.

    Returns:
        The `gradio.Blocks`; with `prevent_thread_lock=True` at once, serving `local_url` until `close()`.

    Raises:
        DependencyError: Raised if gradio or jinja2 is not installed.

    Example:
        >>> launch(open_demo("demo"), inbrowser=True)
    """
    app = build_app(collection)
    import gradio

    theme = gradio.themes.Default(
        primary_hue="indigo",
        font=["system-ui", "sans-serif"],  # nothing to download
        font_mono=["ui-monospace", "monospace"],
    )
    app.launch(
        server_name=host,
        server_port=port,
        **{
            "quiet": True,  # it would advise a public link
            "share": False,
            "ssr_mode": False,
            "mcp_server": False,
            "footer_links": [],
            "max_file_size": 1,  # nothing is uploaded
            "theme": theme,
            "css": style_sheet(),
            "app_kwargs": {"middleware": own_content_only()},
            **options,
        },
    )
    return app


def build_app(collection: Collection) -> Any:
    """The explorer as `gradio.Blocks`, for an app of your own; `launch` gives it its style.

    Raises:
        DependencyError: Raised if gradio or jinja2 is not installed.

    Example:
        >>> app = build_app(open_built("out"))
    """
    check_installed()
    import gradio

    views = Views(collection)
    with gradio.Blocks(title=f"instraug: {collection.title}", analytics_enabled=False, fill_width=False) as app:
        gradio.HTML(views.heading())
        with gradio.Tab("Examples"):
            _examples(app, views)
        with gradio.Tab("Instructions"):
            _instructions(app, views)
        with gradio.Tab("Statistics"):
            gradio.HTML(views.statistics())
    return app


def check_installed() -> None:
    """Check that the app can run, before the data are opened.

    Raises:
        DependencyError: Raised if gradio is not installed.
    """
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise DependencyError("The explorer requires gradio: pip install 'instraug-datasets[explore]'.") from error


def _examples(app: Any, views: Views) -> None:
    import gradio

    start, options = views.start, views.collection.options
    with gradio.Row():
        task = _choice(list(views.collection.tasks), start, "Task")
        place = _choice(_labels(views.unique_ids(start)), 0, "Example")
    epoch = gradio.Slider(
        0,
        _last_epoch(views, start),
        value=0,
        step=1,
        label="Epoch",
        elem_id="epoch",
        elem_classes="instraug-epoch",
    )
    shown = gradio.HTML()
    with gradio.Accordion("How instructions are drawn", open=False), gradio.Row():
        strategy = gradio.Dropdown(list(STRATEGIES), value=options.get("strategy", "cycle"), label="Strategy")
        seed = gradio.Number(options.get("seed", 0), precision=0, minimum=0, label="Seed")

    def choose(name: str) -> tuple[Any, Any]:
        places = gradio.Dropdown(_labels(views.unique_ids(name)), value=0)
        return places, gradio.Slider(maximum=_last_epoch(views, name), value=0)

    def show(name: str, number: int, epoch: float, strategy: str, seed: float) -> str:
        return views.example(name, number or 0, int(epoch), strategy=strategy, seed=int(seed or 0))

    inputs = [task, place, epoch, strategy, seed]
    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
    task.input(choose, task, [place, epoch], api_name="choose", **quiet).then(
        show, inputs, shown, api_visibility="private"
    )
    gradio.on(
        [app.load, place.input, epoch.input, strategy.input, seed.input], show, inputs, shown, api_name="show", **quiet
    )


def _instructions(app: Any, views: Views) -> None:
    import gradio

    with gradio.Row():
        words = gradio.Textbox(
            label="Search", placeholder="Words, a task, an engine", scale=2, min_width=280, max_length=1000
        )
        task = _choice([_ALL_TASKS, *views.collection.pool], _ALL_TASKS, "Task")
    found = gradio.HTML()

    def search(words: str, name: str) -> str:
        return views.found(words or "", None if name == _ALL_TASKS else name)

    gradio.on(
        [app.load, words.input, task.input],
        search,
        [words, task],
        found,
        api_name="search",
        show_progress="hidden",
        trigger_mode="always_last",
    )


def _choice(choices: Sequence[Any], value: Any, label: str) -> Any:
    """A list to choose from, in which typing finds a name: it takes the place of the one that is chosen."""
    import gradio

    choice = gradio.Dropdown(choices, value=value, label=label, min_width=280, elem_classes="instraug-choice")
    choice.focus(None, js="() => document.activeElement.select?.()", api_visibility="private")
    return choice


def _labels(unique_ids: Sequence[str]) -> list[tuple[str, int]]:
    return [(f"{place + 1}. {_short(unique_id)}", place) for place, unique_id in enumerate(unique_ids)]


def _short(unique_id: str) -> str:
    text = without_controls(unique_id.rpartition("/")[2] or unique_id)
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _last_epoch(views: Views, task: str) -> int:
    pool = views.collection.pool
    return max(_EPOCHS, len(pool[task]) if task in pool else 0) - 1
