"""The candidate and the memory side by side: what they answer differently is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from relcore.testing.clause import Broken
from relcore.testing.promises.model import it_answers_as_the_memory_does
from relcore.testing.saboteurs import SABOTEURS
from relcore.testing.saboteurs.deliveries import DeliversByEntity
from relcore.testing.saboteurs.owners import RaisesTheDead
from relcore.testing.saboteurs.pages import ForgetsTheDirection
from relcore.testing.saboteurs.versions import ForgetsVersions
from relcore.testing.trial import Trial


@pytest.mark.parametrize(
    ("saboteur", "what"),
    [
        (ForgetsVersions, "what the two answer"),
        (RaisesTheDead, "what the two answer"),
        (ForgetsTheDirection, "what the two answer"),
        (DeliversByEntity, "the outbox"),
    ],
)
def test_an_adapter_that_is_wrong_answers_otherwise(saboteur: type[Any], what: str, tmp_path: Path) -> None:
    with Trial(SABOTEURS[saboteur](tmp_path)) as trial, pytest.raises(Broken, match=what):
        it_answers_as_the_memory_does(trial)
