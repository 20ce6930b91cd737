"""The port: what a batch expects and writes, what a receipt answers for, and how a log replays to its row."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Case, Customer, Invalid, NotFound
from relcore.ids import CaseId, CustomerId
from relcore.kernel.change import Change
from relcore.kernel.errors import Illformed
from relcore.kernel.repository import Batch, Receipt, replay
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import WALKS, chains

ME = Actor("person", "u-1")


def opened(subject: str = "Cannot log in", ids: CountingIds | None = None) -> Change[Case]:
    ids = ids or CountingIds()
    return Case.open(ids.new(CaseId), customer=ids.new(CustomerId), subject=subject, at=NOON, by=ME)


def kept(version: int = 1) -> Case:
    return attrs.evolve(opened().entity, version=version)


def batch(*changes: Change[Any], reads: tuple[Any, ...] = (), key: str = "k") -> Batch:
    return Batch(changes, reads, key, NOON)


def test_a_new_row_must_never_have_been_and_a_known_one_must_be_as_it_was() -> None:
    new, known, read = (
        opened(),
        kept(3).accept(ME, at=NOON),
        attrs.evolve(kept(7), id=CaseId("case_" + "f" * 32)),
    )

    assert batch(new).expects == {new.entity.id: 0}
    assert batch(known, reads=(read,)).expects == {known.entity.id: 3, read.id: 7}


def test_a_batch_writes_its_changes_one_version_on_and_nothing_of_what_it_read() -> None:
    read = attrs.evolve(kept(7), id=CaseId("case_" + "f" * 32))

    (row,) = batch(kept(3).accept(ME, at=NOON), reads=(read,)).rows

    assert row.version == 4


def test_a_batch_changes_each_entity_once() -> None:
    with pytest.raises(Illformed, match=r"changes case_0+1 twice; chain the commands with Change.then"):
        batch(opened(), opened())


def test_a_batch_does_not_read_what_it_changes() -> None:
    with pytest.raises(Illformed, match=r"it both reads and changes case_0+1"):
        batch(kept().accept(ME, at=NOON), reads=(kept(),))


def test_a_batch_does_not_read_one_entity_at_two_versions() -> None:
    with pytest.raises(Illformed, match=r"it reads case_0+1 at two versions"):
        batch(reads=(kept(1), kept(2)))


def test_only_a_commit_counts_versions() -> None:
    accepted = kept(1).accept(ME, at=NOON)

    with pytest.raises(Illformed, match="only a commit counts versions"):
        batch(attrs.evolve(accepted, entity=attrs.evolve(accepted.entity, version=9)))


def test_what_was_decided_on_an_entity_that_is_not_kept_is_refused() -> None:
    with pytest.raises(Illformed, match="it was decided on an entity that is not kept"):
        batch(opened().entity.accept(ME, at=NOON))


def test_a_change_in_which_nothing_happened_is_refused_for_the_log_could_not_tell_it() -> None:
    case = kept()

    with pytest.raises(Illformed, match="nothing happened in it"):
        batch(Change(case, attrs.evolve(case, subject="Another one")))


@pytest.mark.parametrize("key", ["", "k" * 201, "a\nb", "a\x00b", None, 5])
def test_a_key_is_printable_text(key: Any) -> None:
    with pytest.raises(Invalid, match="key must be printable text of 1 to 200 characters"):
        batch(opened(), key=key)


def test_a_batch_is_recorded_at_a_moment() -> None:
    with pytest.raises(Invalid, match="recorded_at"):
        Batch((opened(),), (), "k", NOON.replace(tzinfo=None))


def test_the_log_tells_every_event_and_with_the_first_what_the_version_changed() -> None:
    change = opened().then(lambda case: case.accept(ME, at=NOON)).then(lambda case: case.mark_spam(at=NOON))

    lines = list(batch(change).log())

    assert [(line.version, line.index, line.event.move) for line in lines] == [
        (1, 0, "open"), (1, 1, "accept"), (1, 2, "mark_spam"),
    ]  # fmt: skip
    assert lines[0].fields["state"] == "spam"
    assert not lines[1].fields
    assert {"id", "version"}.isdisjoint(lines[0].fields)


def test_a_line_of_the_log_shows_the_names_of_fields_and_no_values() -> None:
    (line,) = batch(opened(subject="Ada Byron cannot log in")).log()

    assert "subject" in repr(line)
    assert "Ada Byron" not in repr(line)


def test_a_receipt_has_the_entities_as_they_were_kept() -> None:
    change = opened()
    receipt = Receipt("k", batch(change).rows)

    assert receipt.of(change) == attrs.evolve(change.entity, version=1)
    assert receipt.versions == {change.entity.id: 1}
    with pytest.raises(NotFound):
        receipt.of(Customer.create(CountingIds().new(CustomerId), name="Ada", at=NOON))


@pytest.mark.parametrize("entity", list(WALKS))
@given(data=st.data())
def test_the_log_of_any_walk_replays_to_the_row(entity: type[Any], data: st.DataObject) -> None:
    log, row = [], None
    for version, change in enumerate(data.draw(chains(entity))):
        at_version = Change(
            None if change.before is None else attrs.evolve(change.before, version=version),
            attrs.evolve(change.entity, version=version),
            change.events,
        )
        written = batch(at_version)
        (row,) = written.rows
        log += written.log()

    assert replay(entity, log) == row


def test_a_log_with_a_hole_or_without_a_line_is_refused() -> None:
    (first,) = batch(opened()).log()
    (third,) = batch(kept(2).accept(ME, at=NOON)).log()

    with pytest.raises(Illformed, match="version 3 follows 1"):
        replay(Case, [first, third])
    with pytest.raises(Illformed, match="the log of a Case cannot work: it is empty"):
        replay(Case, [])


def test_moments_of_the_log_are_in_utc() -> None:
    (line,) = batch(opened()).log()

    assert line.recorded_at.tzinfo is UTC
    assert line.event.at.tzinfo is UTC
