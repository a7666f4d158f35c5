"""Declares the packages; all other metadata are in pyproject.toml.

`builders/` and `hub_cards/` are beside the library in the checkout, and inside it once installed. pyproject.toml cannot
declare packages whose names differ from their folders.
"""

from setuptools import find_namespace_packages, setup

LIBRARY = "instraug_datasets"
BUILDERS = f"{LIBRARY}.builders"
HUB_CARDS = f"{LIBRARY}.hub_cards"


def packages_in(folder: str) -> list[str]:
    # Includes folders of data files, so that they get into the wheel.
    return find_namespace_packages(folder, exclude=["*__pycache__*"])


setup(
    packages=[
        LIBRARY,
        *(f"{LIBRARY}.{name}" for name in packages_in(LIBRARY)),
        BUILDERS,
        *(f"{BUILDERS}.{name}" for name in packages_in("builders")),
        HUB_CARDS,
    ],
    package_dir={BUILDERS: "builders", HUB_CARDS: "hub_cards"},
)
