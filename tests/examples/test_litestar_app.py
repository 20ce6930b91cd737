"""The example of an async host, asked over HTTP as its clients would."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from relcore import Case, Workspace
from relcore.ids import CaseId, CustomerId
from relcore.storage import sqlite
from relcore.testing import FixedClock

ROOT = Path(__file__).parents[2]
ADA = str(CustomerId.imported("shop", "ada"))
ACME = {"X-Tenant": "acme", "X-Actor": "person:u-17"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock("2026-03-02T09:00:00Z")


@pytest.fixture
def client(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Any]]:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    from litestar_app import create_app

    with TestClient(create_app(tmp_path / "crm.db", clock)) as client:
        client.headers.update(ACME)
        yield client
    sys.modules.pop("litestar_app")


def opened(client: TestClient[Any]) -> dict[str, Any]:
    said = client.post("/cases", json={"customer": ADA, "subject": "Cannot log in"})
    assert said.status_code == 201, said.text
    case: dict[str, Any] = said.json()
    return case


def move(client: TestClient[Any], case: dict[str, Any], name: str, version: int, **sent: str) -> Any:
    headers = {"If-Match": f'"{version}"'}
    return client.post(f"/cases/{case['id']}/moves/{name}", json=sent, headers=headers)


def test_a_case_is_opened_read_and_moved_to_its_answer(client: TestClient[Any], clock: FixedClock) -> None:
    case = opened(client)

    read = client.get(f"/cases/{case['id']}")
    assert (read.json(), read.headers["ETag"]) == (case, '"1"')
    assert (case["state"], case["subject"], case["opened_at"]) == (
        "new", "Cannot log in", "2026-03-02T09:00:00+00:00",
    )  # fmt: skip

    accepted = move(client, case, "accept", 1)
    assert (accepted.status_code, accepted.headers["ETag"]) == (200, '"2"')
    assert accepted.json()["owner"] == "person:u-17"
    assert move(client, case, "respond", 2).json()["version"] == 3
    assert move(client, case, "wait_for_customer", 3, waiting_for="e-mail 12").json()["version"] == 4
    assert move(client, case, "hear", 4).json()["state"] == "open"
    resolved = move(client, case, "resolve", 5, resolution="password_reset", cause="unknown")
    assert resolved.json()["resolution"] == "password_reset"
    clock.forward(days=3)
    assert move(client, case, "close", 6).json()["state"] == "closed"


def test_what_is_possible_is_told_before_anybody_tries(client: TestClient[Any]) -> None:
    case = opened(client)

    options = {o["move"]: o for o in client.get(f"/cases/{case['id']}/moves").json()}

    assert options["accept"]["answer"] == "allowed"
    assert options["wait_for_customer"]["needs"] == ["waiting_for"]
    assert options["close"]["refusals"] == ["there is no close from new"]


def test_somebody_was_faster_and_nothing_of_ours_is_written(client: TestClient[Any]) -> None:
    case = opened(client)
    assert move(client, case, "accept", 1).status_code == 200

    late = move(client, case, "cancel", 1, reason="solved itself")

    assert late.status_code == 412
    assert late.json()["detail"].endswith(
        "was read at version 1 and is now at 2; read again and decide again."
    )
    assert client.get(f"/cases/{case['id']}").json()["state"] == "open"


def test_what_the_lifecycle_refuses_comes_with_its_reasons_and_with_what_is_possible(
    client: TestClient[Any], tmp_path: Path
) -> None:
    case = opened(client)
    move(client, case, "accept", 1)
    child(tmp_path, CaseId(case["id"]))

    refused = move(client, case, "resolve", 2, resolution="password_reset", cause="unknown")

    assert refused.status_code == 409
    assert refused.json()["reasons"] == ["its child cases must be resolved first"]
    assert "respond" in refused.json()["allowed"]
    assert move(client, case, "respond", 2).status_code == 200
    assert move(client, case, "wait_for_customer", 3).json()["reasons"] == ["it needs waiting_for"]


def child(folder: Path, parent: CaseId) -> None:
    """A sync host, say a job at night, on the same file."""
    repository = sqlite(folder / "crm.db")
    workspace = Workspace(repository, tenant="acme", clock=FixedClock("2026-03-02T09:00:00Z"))
    workspace.commit(
        Case.open(
            workspace.new(CaseId), customer=CustomerId(ADA), subject="Part of it", parent=parent,
            at=workspace.clock.now(),
        )
    )  # fmt: skip
    repository.close()


def test_what_is_not_there_or_of_another_tenant_is_not_found(client: TestClient[Any]) -> None:
    case = opened(client)

    for said in (
        client.get(f"/cases/{CaseId.imported('mail', '1')}"),
        client.get(f"/cases/{case['id']}", headers={"X-Tenant": "umbrella"}),
        move(client, case, "explode", 1),
    ):
        assert said.status_code == 404
        assert "Cannot log in" not in said.text


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/cases/17", {}),
        ("/cases/17/moves", {}),
        (f"/cases/{CaseId.imported('mail', '1')}", {"X-Tenant": "\t"}),
    ],
)
def test_what_cannot_be_is_a_bad_request(client: TestClient[Any], path: str, headers: dict[str, str]) -> None:
    assert client.get(path, headers=headers).status_code == 400


def test_a_request_says_for_whom_by_whom_and_what_it_has_seen(client: TestClient[Any]) -> None:
    case = opened(client)
    path = f"/cases/{case['id']}/moves/accept"

    assert client.post(path, json={}).status_code == 400  # no If-Match: nobody moves what they have not read
    assert client.post(path, json={}, headers={"If-Match": "*"}).status_code == 400
    assert client.post(path, json={}, headers={"If-Match": '"1"', "X-Actor": "robot:7"}).status_code == 400
    del client.headers["X-Tenant"]
    assert client.get(f"/cases/{case['id']}").status_code == 400


def test_the_schema_of_the_api_names_every_route(client: TestClient[Any]) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]

    assert set(paths) == {"/cases", "/cases/{id}", "/cases/{id}/moves", "/cases/{id}/moves/{move}"}
