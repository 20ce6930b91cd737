"""U: uniqueness. What only one may have (``relcore.kernel.words.Unique``) has one owner among the living of a tenant."""

from __future__ import annotations

from typing import Any

from relcore.ids import OpportunityId, QuoteId
from relcore.kernel.change import Change, removal
from relcore.kernel.errors import UniqueConflict
from relcore.kernel.repository import Level
from relcore.sales.opportunity import Opportunity
from relcore.sales.quote import Quote
from relcore.storage.workspace import Workspace
from relcore.testing.clause import clause, raises, same
from relcore.testing.trial import NOON, Trial


def _offer(trial: Trial, number: str, workspace: Workspace | None = None) -> Change[Quote]:
    """A quote of that number, not yet committed."""
    home = workspace or trial.workspace
    return Quote.draft(
        home.new(QuoteId), opportunity=_opportunity(trial, home), number=number, currency="EUR", at=NOON
    )


def _opportunity(trial: Trial, home: Workspace) -> OpportunityId:
    if not trial.keeps(Opportunity):
        return home.new(OpportunityId)
    change = trial.opportunity(workspace=home)
    return home.commit(change).of(change).id


def _numbers(trial: Trial) -> list[str]:
    return sorted(quote.number for quote in trial.workspace.find(Quote))


@clause(
    "U1",
    "What only one may have is not given to a second, and nothing of that batch is written.",
    level=Level.VERSIONED,
    kinds=(Quote,),
)
def it_is_not_given_to_a_second(trial: Trial) -> None:
    trial.kept(_offer(trial, "Q-1"))
    second = _offer(trial, "Q-1")

    conflict = raises(UniqueConflict, lambda: trial.workspace.commit(_offer(trial, "Q-2"), second))

    same("the conflict", (conflict.id, conflict.fields), (second.entity.id, ("number", "revision")))
    same("the numbers", _numbers(trial), ["Q-1"])


@clause(
    "U2",
    "Two of one batch do not both get what only one may have.",
    level=Level.VERSIONED,
    kinds=(Quote,),
)
def two_of_a_batch_do_not_both_get_it(trial: Trial) -> None:
    new: list[Change[Any]] = [_offer(trial, number) for number in ("Q-1", "Q-2", "Q-1")]

    raises(UniqueConflict, lambda: trial.workspace.commit(*new))

    same("the numbers", _numbers(trial), [])


@clause(
    "U3",
    "Fields that are unique together may each be shared, and text that differs in case differs.",
    level=Level.VERSIONED,
    kinds=(Quote,),
)
def each_of_them_may_be_shared(trial: Trial) -> None:
    first = trial.kept(_offer(trial, "Q-1"))

    trial.kept(Quote.draft_revision(trial.workspace.new(QuoteId), of=first, at=NOON))
    trial.kept(_offer(trial, "q-1"))
    trial.kept(_offer(trial, "Q-1 "))

    same("the numbers", _numbers(trial), ["Q-1", "Q-1", "Q-1 ", "q-1"])


@clause(
    "U4",
    "Who has what only one may have may change and keep it.",
    level=Level.VERSIONED,
    kinds=(Quote,),
)
def who_has_it_keeps_it(trial: Trial) -> None:
    held = trial.kept(_offer(trial, "Q-1"))

    revised = trial.kept(held.revise(valid_until=NOON, at=NOON))

    same("what is kept", (revised.version, revised.number), (2, "Q-1"))
    raises(UniqueConflict, lambda: trial.workspace.commit(_offer(trial, "Q-1")))


@clause(
    "U5",
    "What only one may have, every tenant has for itself.",
    level=Level.VERSIONED,
    kinds=(Quote,),
)
def every_tenant_has_its_own(trial: Trial) -> None:
    other = trial.another_tenant()
    trial.kept(_offer(trial, "Q-1"))

    other.commit(_offer(trial, "Q-1", other))

    same("the numbers", (_numbers(trial), [quote.number for quote in other.find(Quote)]), (["Q-1"], ["Q-1"]))


@clause(
    "U6",
    "What a removed one had is free again, also within the batch that removes it.",
    level=Level.LOGGED,
    needs="removal",
    kinds=(Quote,),
)
def what_a_removed_one_had_is_free(trial: Trial) -> None:
    first, second = trial.kept(_offer(trial, "Q-1")), trial.kept(_offer(trial, "Q-2"))

    trial.workspace.commit(removal(first, at=NOON))
    trial.kept(_offer(trial, "Q-1"))
    trial.workspace.commit(removal(second, at=NOON), _offer(trial, "Q-2"))

    same("the numbers", _numbers(trial), ["Q-1", "Q-2"])
    raises(UniqueConflict, lambda: trial.workspace.commit(_offer(trial, "Q-1")))
