"""The same questions under the same names for every model: what one can be asked, all can."""

import inspect

import pytest

from relcore import analytics
from relcore.analytics import (
    BetaDiscreteWeibull,
    BetaGeoBetaBernoulli,
    BetaGeoCNBD,
    BetaGeoNBD,
    GammaGamma,
    GammaGompertzNBD,
    Given,
    InContext,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ParetoNBDInContext,
    PlainNBD,
    ShiftedBetaGeo,
    SpendIndependence,
    WithCovariates,
)

QUESTIONS = {
    "probability_alive", "expected_purchases", "expected_purchases_of_newcomer", "probability_of_none",
    "probability_of_purchases", "probability_of_exactly", "next_purchase_within", "discounted_purchases",
    "futures", "bootstrap", "refits", "validate", "log_likelihood", "log_likelihood_of_each",
}  # fmt: skip
OF_EVERY_FIT = {"parameters", "summary", "interval", "draws", "to_json", "from_json", "fit"}
OF_CONTRACTS = {
    "survival", "retention", "discounted_expected_lifetime", "discounted_expected_residual_lifetime",
    "log_likelihood",
}  # fmt: skip

LEAVING = [
    PlainNBD,
    BetaGeoNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    GammaGompertzNBD,
    BetaGeoCNBD,
    ModifiedBetaGeoCNBD,
    BetaGeoBetaBernoulli,
]


@pytest.mark.parametrize("model", LEAVING, ids=lambda model: model.__name__)
def test_every_model_of_customers_who_leave_unseen_answers_every_question(model):
    assert not {name for name in QUESTIONS | OF_EVERY_FIT if not hasattr(model, name)}


def test_whoever_is_given_covariates_answers_every_question_of_his_base():
    assert not {name for name in QUESTIONS if not hasattr(Given, name)}
    assert not {name for name in OF_EVERY_FIT - {"parameters", "fit"} if not hasattr(WithCovariates, name)}
    assert all(hasattr(base, "fit_with") for base in LEAVING if base is not BetaGeoBetaBernoulli)


@pytest.mark.parametrize("model", [*LEAVING, Given], ids=lambda model: model.__name__)
def test_questions_have_the_same_words_whoever_is_asked(model):
    for name in QUESTIONS:
        asked, known = (_words(kind, name) for kind in (model, BetaGeoNBD))
        assert asked == known, name
        assert inspect.getdoc(getattr(model, name)), name


@pytest.mark.parametrize("model", [ParetoNBDInContext, InContext], ids=lambda model: model.__name__)
def test_whoever_knows_a_context_answers_every_question_but_that_of_a_newcomer_of_no_day(model):
    # Who comes, comes on a day: `CovariatePaths.newcomers` are asked about as customers are.
    for name in QUESTIONS - {"expected_purchases_of_newcomer"}:
        asked, known = (_words(kind, name) for kind in (model, BetaGeoNBD))
        assert asked == known, name
        assert inspect.getdoc(getattr(model, name)), name
    assert not {name for name in OF_EVERY_FIT if not hasattr(ParetoNBDInContext, name)}
    assert "prior" in inspect.signature(ParetoNBDInContext.fit).parameters


_HISTORIES = {"purchases", "occasions", "context", "calibration"}


def _words(model, name):
    """The names of what is asked, but for the histories themselves, which are purchases or occasions, or in a context."""
    words = inspect.signature(getattr(model, name)).parameters
    return [(p.name, p.kind, p.default) for p in words.values() if p.name not in _HISTORIES]


@pytest.mark.parametrize("model", [ShiftedBetaGeo, BetaDiscreteWeibull])
def test_models_of_contracts_answer_theirs(model):
    assert not {name for name in OF_CONTRACTS | OF_EVERY_FIT if not hasattr(model, name)}


def test_no_model_is_forgotten_here():
    models = {
        getattr(analytics, name)
        for name in analytics.__all__
        if inspect.isclass(getattr(analytics, name)) and hasattr(getattr(analytics, name), "from_json")
        and "lifetime_value" in getattr(analytics, name).__module__
    }  # fmt: skip
    others = {ShiftedBetaGeo, BetaDiscreteWeibull, GammaGamma, SpendIndependence}
    assert models == {*LEAVING, *others, WithCovariates, ParetoNBDInContext}
