"""``python -m tests.testing.specimens`` writes the specimens of the wheel from the examples of the walks."""

from __future__ import annotations

import json
from pathlib import Path

from relcore.storage import to_json
from tests.walks import WALKS

PLACE = Path(__file__).parents[2] / "src" / "relcore" / "testing" / "specimens.json"

if __name__ == "__main__":
    plain = {kind.__name__: to_json(walk.example, personal=True) for kind, walk in WALKS.items()}
    PLACE.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", "utf-8")
