"""How good was a forecast of what customers do on occasions? See `validation`, whose figures these are."""

from __future__ import annotations

from relcore.analytics.columns.occasion_holdout import OccasionHoldout
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.lifetime_value.validation import CountForecast, Validation, judged


def validate(self: CountForecast[Occasions], calibration: Occasions, holdout: OccasionHoldout) -> Validation:
    """Forecast the hold-out from the calibration and compare it with what happened.

    calibration, holdout : the two that `Occasions.split` returns, n >= 1 customers. The model should have been fitted to the
        calibration alone; nothing here fits.

    *As before* buys on the same share of occasions as until now. Intervals are those of what each customer will do, as of the
    models in continuous time.
    """
    holdout.must_follow(calibration)
    return judged(self, calibration, holdout)
