"""A service desk over HTTP: the domain of relcore behind an async host, one workspace per request.

    LITESTAR_APP=litestar_app:app litestar run        # in this folder; keeps crm.db beside it

| request | answer |
|---|---|
| `POST /cases` | 201, the case |
| `GET /cases/{id}` | 200, the case with its version as `ETag` |
| `GET /cases/{id}/moves` | 200, what is possible now, what is not and why |
| `POST /cases/{id}/moves/{move}` with `If-Match` | 200; 412 somebody was faster, 409 the lifecycle refuses, 404 no such case |

Every request names its tenant in `X-Tenant` and who asks in `X-Actor`; a real host would take both from its own login.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from os import PathLike
from typing import Annotated, Any

import attrs
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody

from relcore import Actor, AsyncWorkspace, Case, Conflict, Invalid, NotFound, Refused, RelcoreError
from relcore.ids import CaseId, CustomerId
from relcore.kernel.change import Change
from relcore.kernel.clock import Clock, SystemClock
from relcore.kernel.errors import VersionConflict
from relcore.service import CaseFields, CaseState, OpenChildren
from relcore.storage import to_json
from relcore.storage.aio import sqlite

IfMatch = Annotated[str, HeaderParameter(name="If-Match")]
Tenant = Annotated[str, HeaderParameter(name="X-Tenant")]
WhoAsks = Annotated[str, HeaderParameter(name="X-Actor")]


# --- what comes in --------------------------------------------------------------------------------


@attrs.frozen
class NewCase:
    """The body of ``POST /cases``."""

    customer: str
    subject: str


@attrs.frozen
class Sent:
    """The body of a move: what that move needs, as ``/moves`` names it."""

    waiting_for: str = ""
    resolution: str = ""
    cause: str = ""
    reason: str = ""


@attrs.frozen
class Occasion:
    """Who wants it, when, and what must be known of other cases."""

    by: Actor
    clock: Clock
    children: OpenChildren

    def decide(self, move: str, sent: Sent) -> Callable[[Case], Change[Case]]:
        """The command of that name. A move that is not here is one that this API does not offer."""
        at, by = self.clock.now(), self.by
        commands: dict[str, Callable[[Case], Change[Case]]] = {
            "accept": lambda case: case.accept(by, at=at),
            "respond": lambda case: case.respond(at=at, by=by),
            "hear": lambda case: case.hear(at=at, by=by),
            "wait_for_customer": lambda case: case.wait_for_customer(sent.waiting_for, at=at, by=by),
            "resume": lambda case: case.resume(at=at, by=by),
            "resolve": lambda case: case.resolve(
                sent.resolution, cause=sent.cause, at=at, by=by, children=self.children
            ),
            "close": lambda case: case.close(at=at, by=by),
            "reopen": lambda case: case.reopen(at=at, by=by),
            "cancel": lambda case: case.cancel(sent.reason, at=at, by=by),
        }
        if move not in commands:
            raise NotFound(move)
        return commands[move]


# --- the routes -----------------------------------------------------------------------------------


@post("/cases")
async def open_case(
    data: JSONBody[NewCase], workspace: NamedDependency[AsyncWorkspace], by: NamedDependency[Actor]
) -> Response[dict[str, Any]]:
    """The subject is personal: whoever writes it may read it back."""
    id, at = workspace.new(CaseId), workspace.clock.now()
    change = Case.open(id, customer=CustomerId(data.customer), subject=data.subject, at=at, by=by)
    return answer((await workspace.commit(change)).of(change), status=201)


@get("/cases/{id:str}")
async def read_case(
    id: FromPath[str], workspace: NamedDependency[AsyncWorkspace]
) -> Response[dict[str, Any]]:
    return answer(await workspace.get(Case, CaseId(id)))


@get("/cases/{id:str}/moves")
async def list_moves(id: FromPath[str], workspace: NamedDependency[AsyncWorkspace]) -> Sequence[Any]:
    """The options of the table as they are: attrs values go straight through."""
    case = await workspace.get(Case, CaseId(id))
    return case.moves(at=workspace.clock.now(), facts=[await open_children(workspace, case)])


@post("/cases/{id:str}/moves/{move:str}", status_code=200)
async def make_move(
    id: FromPath[str],
    move: FromPath[str],
    if_match: IfMatch,
    data: JSONBody[Sent],
    workspace: NamedDependency[AsyncWorkspace],
    by: NamedDependency[Actor],
) -> Response[dict[str, Any]]:
    """Decided on what the caller has seen: no retry here, for they have not seen what a faster one did."""
    case = await workspace.get(Case, CaseId(id))
    if etag(case) != if_match:
        raise VersionConflict(case.id, seen(if_match), case.version)
    occasion = Occasion(by, workspace.clock, await open_children(workspace, case))
    change = occasion.decide(move, data)(case)
    return answer((await workspace.commit(change)).of(change))


async def open_children(workspace: AsyncWorkspace, case: Case) -> OpenChildren:
    done = CaseFields.state.one_of(
        CaseState.RESOLVED, CaseState.CLOSED, CaseState.CANCELLED, CaseState.SPAM, CaseState.MERGED
    )
    return OpenChildren(
        len((await workspace.find(Case, CaseFields.parent.is_(case.id) & ~done, limit=1)).rows)
    )


# --- versions and errors, as HTTP says them -------------------------------------------------------


def etag(case: Case) -> str:
    return f'"{case.version}"'


def seen(if_match: str) -> int:
    version = if_match.strip('"')
    if not version.isdecimal():
        raise Invalid("If-Match", 'must be a version as ETag tells it, such as "3"', if_match)
    return int(version)


def answer(case: Case, *, status: int = 200) -> Response[dict[str, Any]]:
    """With its personal fields: every caller of this API works on the case."""
    return Response(to_json(case, personal=True), status_code=status, headers={"ETag": etag(case)})


def failed(_: Request[Any, Any, Any], error: RelcoreError) -> Response[dict[str, Any]]:
    """What relcore refuses, as a status. The texts carry no personal data, so they may go out."""
    said: dict[str, Any] = {"error": type(error).__name__, "detail": str(error)}
    if isinstance(error, Refused):
        said |= {"reasons": error.reasons, "allowed": error.allowed}
    return Response(said, status_code=status_of(error))


def status_of(error: RelcoreError) -> int:
    match error:
        case NotFound():
            return 404
        case Conflict():
            return 412
        case Refused():
            return 409
        case Invalid():
            return 400
        case _:
            return 503 if error.retry == "same_key" else 500


# --- the application ------------------------------------------------------------------------------


def create_app(path: str | PathLike[str] = "crm.db", clock: Clock | None = None) -> Litestar:
    """An application over one file; a test hands in a folder of its own and a clock that stands still."""

    @asynccontextmanager
    async def repository(app: Litestar) -> AsyncGenerator[None]:
        app.state.repository = await sqlite(path)
        try:
            yield
        finally:
            await app.state.repository.close()

    async def workspace(state: State, tenant: Tenant) -> AsyncWorkspace:
        return AsyncWorkspace(state.repository, tenant=tenant, clock=clock or SystemClock())

    async def by(actor: WhoAsks) -> Actor:
        return Actor.parse(actor)

    return Litestar(
        [open_case, read_case, list_moves, make_move],
        lifespan=[repository],
        dependencies={"workspace": Provide(workspace), "by": Provide(by)},
        exception_handlers={RelcoreError: failed},
        # A guard that waits for a fact names the type of the fact: its name is what a client can use.
        type_encoders={type: lambda fact: fact.__name__},
    )


app = create_app()
