"""Which folders are packages; everything else is declared in pyproject.toml.

`builders/` and `hub_cards/` stand beside the library in the checkout and inside it once installed. Finding packages
under another name than their folder's is the one thing pyproject.toml cannot say.
"""

from setuptools import find_namespace_packages, setup

LIBRARY = "instraug_datasets"
BUILDERS = f"{LIBRARY}.builders"
HUB_CARDS = f"{LIBRARY}.hub_cards"


def packages_in(folder: str) -> list[str]:
    # Folders that hold nothing but data count too: that is how their files get into the wheel.
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
