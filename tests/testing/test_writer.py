"""A writer in another process: heard, killed, and told when it ends by itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from relcore import Case, Customer
from relcore.ids import CaseId, CustomerId
from relcore.storage import sqlite
from relcore.testing import Candidate
from relcore.testing.trial import Trial
from relcore.testing.writer import Work, Writer


def test_what_was_heard_is_there_and_a_writer_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    with Trial(Candidate(partial(sqlite, tmp_path / "crm.db"))) as trial:
        customer: CustomerId = trial.kept_customer()
        cases = {number: (trial.workspace.new(CaseId),) for number in (1, 2)}
        work = Work(trial.tenant, customer, cases)

        with Writer(trial.candidate.open, work) as writer:
            assert [writer.hear(), writer.hear()] == [1, 2]
            with pytest.raises(AssertionError, match="the writer ended by itself, with 0, after 2"):
                writer.hear()
            assert writer.kill() == 2

        assert trial.workspace.get(Customer, customer).name == "2"
        assert [trial.workspace.get(Case, case).version for (case,) in cases.values()] == [1, 1]
