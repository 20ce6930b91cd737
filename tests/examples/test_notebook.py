"""The notebook, run from its first cell to its last in a fresh process, as its reader would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from relcore.analytics import BetaGeoNBD

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples" / "notebook.py"
PLOTS = ["probability_alive", "second_order", "segments", "tracking"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("notebook")
    command = [sys.executable, "-W", "error", str(NOTEBOOK), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return folder, done.stdout


def test_the_numbers_of_the_paper_are_told(finished: tuple[Path, str]) -> None:
    _, told = finished

    assert "log-likelihood -9582.429, 2,357 customers, converged" in told
    assert re.search(r"^r +0\.242595", told, re.MULTILINE)
    assert "orders  1,882 came" in told
    assert "have not come back within a year" in told


def test_every_plot_is_a_picture_of_its_own(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    pictures = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")}

    assert sorted(pictures) == PLOTS
    assert len(set(pictures.values())) == len(PLOTS)
    assert all("</svg>" in picture for picture in pictures.values())


def test_the_model_that_was_kept_is_the_model(finished: tuple[Path, str]) -> None:
    folder, told = finished

    assert str(BetaGeoNBD.from_json((folder / "model.json").read_text(encoding="utf-8"))) in told


def test_it_is_made_of_cells() -> None:
    cells = re.findall(r"^# %%( \[markdown\])?$", NOTEBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert cells.count("") >= 5
    assert cells.count(" [markdown]") >= 5
