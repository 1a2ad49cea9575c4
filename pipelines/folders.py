"""Where the files lie that come with the program: in a checkout beside the packages, in an
installed wheel inside this one, so that no folder named `assets` stands among other packages."""

from pathlib import Path

_INSTALLED = Path(__file__).with_name("assets")
ASSETS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).resolve().parents[1] / "assets"
