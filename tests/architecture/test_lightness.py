"""What an import costs: looked at in a fresh process, for this one has imported everything."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Beside what the interpreter has loaded before our first line, among them what installed packages put into site.
LOADED = """
import json, sys
before = set(sys.modules)
{code}
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
new -= {{name for name in new if name.startswith("_sysconfigdata")}}  # the standard library's, named after the machine
print(json.dumps(sorted(new - sys.stdlib_module_names)))
"""

HEAVY = {"numpy", "scipy", "networkx", "narwhals", "cattrs", "sqlalchemy", "pandas", "polars", "matplotlib"}

OPERATIONS = """
from relcore.storage import in_memory
from relcore.testing import CountingIds, FixedClock
from relcore import Actor, Case, Customer, Money, Order, Promise, Task, Workspace
from relcore.customers import CustomerFields, LifecyclePolicy, fold
from relcore.ids import CaseId, CustomerId, PromiseId, TaskId
from relcore.interactions import Handover, Timeline
from relcore.kernel.query_json import from_json, to_json
from relcore.sales import OrderFields
from relcore.service import CaseFields
from relcore.work import ApprovalRules, Every, Recurrence, promise_kept_rate

clock = FixedClock("2026-03-01T09:00:00Z")
workspace = Workspace(in_memory(), tenant="test", clock=clock, ids=CountingIds())
ada = Customer.create(workspace.new(CustomerId), name="Ada", at=clock.now())
case = Case.open(workspace.new(CaseId), customer=ada.entity.id, subject="Hello", at=clock.now())
workspace.commit(ada, case, key="k")
workspace.apply(Case, case.entity.id, lambda case: case.accept(Actor("person", "u-1"), at=clock.now()))
workspace.find(Case, from_json(to_json(CaseFields.owner.missing(), Case), Case))
list(workspace.scan(Case, CaseFields.state))
workspace.receipt("k"), workspace.log(Case, case.entity.id)
fold(ada.entity.id, [], policy=LifecyclePolicy(), as_of=clock.now())
me, you = Actor("person", "u-1"), Actor("customer", "ada")
weekly = Recurrence(Every.WEEK, zone="Europe/Berlin")
task = Task.plan(workspace.new(TaskId), title="Call", due=clock.now(), recurrence=weekly, at=clock.now())
workspace.commit(task.then(lambda task: task.complete("done", at=clock.now())))
promise = Promise.make(workspace.new(PromiseId), what="a call", promiser=me, promisee=you, due=clock.now(), at=clock.now())
promise_kept_rate([promise.entity], as_of=clock.now()), ApprovalRules(()).lint()
Handover.of(Timeline.of(ada.entity.id, [], as_of=clock.now())).text()
"""


def loaded_by(code: str) -> set[str]:
    """The packages, beside the standard library, that this code loads."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(code=code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_front_door_loads_nothing_but_itself() -> None:
    assert loaded_by("import relcore") == {"relcore"}


def test_the_front_door_loads_none_of_its_rooms() -> None:
    code = "import relcore; assert [n for n in sys.modules if n.startswith('relcore.')] == ['relcore._lazy'], sys.modules"

    assert loaded_by(code) == {"relcore"}


@pytest.mark.parametrize(
    "package",
    [
        "storage",
        "analytics",
        "plots",
        "datasets",
        "customers",
        "sales",
        "service",
        "testing",
        "interactions",
        "work",
    ],
)
def test_a_package_loads_nothing_until_a_name_is_used(package: str) -> None:
    assert loaded_by(f"import relcore.{package}") == {"relcore"}


def test_all_of_the_operations_work_beside_the_standard_library_with_attrs_alone() -> None:
    assert loaded_by(OPERATIONS) == {"relcore", "attr", "attrs"}


def test_a_database_is_loaded_when_it_is_opened_and_arrays_never() -> None:
    loaded = loaded_by("from relcore.storage import sqlite")

    assert loaded & HEAVY == {"sqlalchemy"}


def test_looking_at_names_loads_nothing() -> None:
    assert loaded_by("import relcore.storage; dir(relcore), dir(relcore.storage)") == {"relcore"}
