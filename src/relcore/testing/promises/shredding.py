"""S: shredding. What is personal is unreadable once the key of the person is gone: in rows, log, exports, every byte kept."""

from __future__ import annotations

from relcore.customers import ContactKind
from relcore.customers.contact_point import ContactPoint, ContactPointFields
from relcore.customers.customer import Customer
from relcore.ids import ContactPointId
from relcore.kernel.errors import Shredded, Unsupported
from relcore.kernel.repository import Level, replay
from relcore.service.case import Case, CaseFields
from relcore.testing.clause import Broken, clause, raises, same
from relcore.testing.trial import ADA, NOON, Trial

NAME, SUBJECT, ADDRESS = "Canary Longfellow", "A canary in the coal mine", "canary@example.org"


def _kept(trial: Trial, name: str = NAME, subject: str = SUBJECT) -> tuple[Customer, Case]:
    person = trial.customer(name)
    case = trial.case(subject, of=person.entity.id)
    receipt = trial.workspace.commit(person, case)
    renamed = trial.workspace.apply(
        Customer, person.entity.id, lambda held: held.rename(f"{name} II", at=NOON)
    )
    return renamed, receipt.of(case)


def _bytes(trial: Trial) -> bytes:
    if trial.candidate.dump is None:
        raise Broken("Candidate.dump", None, "a function that returns every byte that is kept")
    return trial.candidate.dump()


@clause(
    "S1",
    "What is personal comes back as it was, and no byte of it can be read where it is kept.",
    level=Level.LOGGED,
    needs="shredding",
    only="shredding",
    kinds=(Customer, Case),
)
def it_is_sealed(trial: Trial) -> None:
    person, case = _kept(trial)

    same("the customer", trial.workspace.get(Customer, person.id), person)
    same("the case", trial.workspace.get(Case, case.id), case)
    same("its log", replay(Customer, trial.workspace.log(Customer, person.id)), person)
    kept = _bytes(trial)
    same("the secrets among the bytes", [s for s in (NAME, SUBJECT) if s.encode() in kept], [])
    same("that the dump is of this data", person.id.encode() in kept, expected=True)


@clause(
    "S2",
    "Once the key is gone the records stay, and nothing that was personal can be read by anybody.",
    level=Level.LOGGED,
    needs="shredding",
    only="shredding",
    kinds=(Customer, Case),
)
def it_is_shredded(trial: Trial) -> None:
    person, case = _kept(trial)
    held = trial.workspace.apply(Customer, person.id, lambda customer: customer.erase(at=NOON, by=ADA))

    trial.workspace.shred(person.id)

    for workspace in (trial.workspace, trial.another_handle()):
        told = [
            repr(workspace.find(Customer)),
            repr(workspace.find(Case)),
            workspace.get(Case, case.id).subject,
            *(str(dict(entry.fields)) for entry in workspace.log(Customer, person.id)),
            *(str(dict(entry.fields)) for entry in workspace.drain().entries),
        ]
        same("the secrets in what is told", [s for s in (NAME, SUBJECT) if any(s in one for one in told)], [])
        same("the customer", workspace.get(Customer, person.id), held)
        same("the log and the row", replay(Customer, workspace.log(Customer, person.id)), held)
        same("the state of the case", workspace.get(Case, case.id).state, case.state)
    kept = _bytes(trial)
    same("the secrets among the bytes", [s for s in (NAME, SUBJECT) if s.encode() in kept], [])
    if trial.capabilities.level >= Level.COLUMNAR:
        export = str(
            [list(trial.workspace.scan(Case, CaseFields.customer)), list(trial.workspace.scan_log(Case))]
        )
        same("the secrets in the export", [s for s in (NAME, SUBJECT) if s in export], [])


@clause(
    "S3",
    "Whose key is gone can have nothing personal kept again, and everybody else is as before.",
    level=Level.LOGGED,
    needs="shredding",
    only="shredding",
    kinds=(Customer, Case),
)
def nobody_comes_back(trial: Trial) -> None:
    person, _ = _kept(trial)
    other, others_case = _kept(trial, "Somebody Else", "Another matter")

    trial.workspace.shred(person.id)

    again = trial.case("One more thing", of=person.id)
    gone = raises(Shredded, lambda: trial.workspace.commit(again))
    same("who is gone", gone.subject, person.id)
    same(
        "whether it was kept",
        again.entity.id in {row.id for row in trial.workspace.find(Case)},
        expected=False,
    )
    same("the other customer", trial.workspace.get(Customer, other.id), other)
    same("the other case", trial.workspace.get(Case, others_case.id), others_case)
    trial.workspace.shred(person.id)


@clause(
    "S4",
    "A personal field is found by whether it is equal; what else is asked of it is refused.",
    level=Level.LOGGED,
    needs="shredding",
    only="shredding",
    kinds=(Customer, Case, ContactPoint),
)
def it_is_found_by_equality(trial: Trial) -> None:
    person, _ = _kept(trial)
    new = ContactPoint.add(
        trial.workspace.new(ContactPointId),
        customer=person.id,
        kind=ContactKind.EMAIL,
        value=ADDRESS,
        at=NOON,
    )
    held = trial.workspace.commit(new).of(new)
    value = ContactPointFields.value

    for found in (
        value.is_(ADDRESS),
        value.one_of("nobody@example.org", ADDRESS),
        ~value.is_("nobody@example.org"),
    ):
        same("what is found", trial.workspace.find(ContactPoint, found).rows, (held,))
    same("what is not", trial.workspace.find(ContactPoint, ~value.is_(ADDRESS)).rows, ())
    same("another tenant's", trial.another_tenant().find(ContactPoint, value.is_(ADDRESS)).rows, ())
    raises(Unsupported, lambda: trial.workspace.find(ContactPoint, value.starts_with("canary")))
    raises(Unsupported, lambda: trial.workspace.find(ContactPoint, order=value.ascending()))
    raises(Unsupported, lambda: list(trial.workspace.scan(ContactPoint, value)))
    same("the address among the bytes", ADDRESS.encode() in _bytes(trial), expected=False)
