"""Histories with what went on around them: for models in which a season, a price or a campaign changes how customers behave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.pieces import Pieces
from relcore.analytics.arrays import Counts, Floats, Ids, chosen, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import days_per
from relcore.analytics.sheet import Sheet, as_html, as_text
from relcore.kernel.errors import Invalid


def _names(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


@attrs.frozen(eq=False, repr=False, kw_only=True)
class PurchasesInContext:
    """One row per customer. Made by `CovariatePaths.along` and `CovariatePaths.newcomers`.

    purchases : who bought how often, how lately, how long.
    names : (k,) what the covariates are called.
    pieces : what held when, in periods since the first purchase: n paths of k values without a hole, each of them from 0 to the
        end of observation and as far beyond as is known.
    at_purchases : (n, k) the sums of what held at the purchases after the first.
    """

    purchases: Purchases
    names: tuple[str, ...] = attrs.field(converter=_names)
    pieces: Pieces
    at_purchases: Floats

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    def __attrs_post_init__(self) -> None:
        pieces, shape = self.pieces, (len(self.purchases), len(self.names))
        if self.at_purchases.shape != shape or pieces.value.shape[1] != shape[1]:
            raise Invalid(
                "at_purchases",
                f"must have a row per customer and a column per name, {shape}",
                self.at_purchases.shape,
            )
        if not (np.isfinite(self.at_purchases).all() and np.isfinite(pieces.value).all()):
            raise Invalid("pieces", "must hold finite values", None)
        follows = pieces.owner[1:] == pieces.owner[:-1]
        heads = pieces.begin[np.append(True, ~follows)[: pieces.begin.size]]
        whole = np.array_equal(np.unique(pieces.owner), np.arange(shape[0])) and bool((heads == 0).all())
        joined = (~follows | (pieces.begin[1:] == pieces.end[:-1])).all()
        if not (
            whole and joined and (np.diff(pieces.owner) >= 0).all() and (pieces.begin < pieces.end).all()
        ):
            raise Invalid(
                "pieces", "must be a path without a hole from 0 on for each customer, in their order", None
            )
        if (self.known < self.purchases.age).any():
            raise Invalid("pieces", "must reach to the end of observation", float(self.known.min()))

    def __len__(self) -> int:
        return len(self.purchases)

    @property
    def ids(self) -> Ids:
        """(n,) who they are."""
        return self.purchases.ids

    @property
    def known(self) -> Floats:
        """(n,) until when the context is known, in periods since the first purchase."""
        last = np.searchsorted(self.pieces.owner, np.arange(len(self)), side="right") - 1
        return self.pieces.end[last]

    def held(self) -> Self:
        """The same customers, for whom what holds at the end of what is known holds for ever after.

        It has to be said, for it is an assumption: with it there are answers for any time ahead, and for the whole future where it
        is discounted.
        """
        last = np.append(self.pieces.owner[1:] != self.pieces.owner[:-1], True)[: self.pieces.owner.size]
        return attrs.evolve(
            self, pieces=attrs.evolve(self.pieces, end=np.where(last, np.inf, self.pieces.end))
        )

    def where(self, mask: ArrayLike) -> Self:
        """The customers for whom the (n,) mask holds."""
        some = chosen(mask, len(self))
        return attrs.evolve(
            self, purchases=self.purchases.where(some), pieces=self.pieces.where(some),
            at_purchases=sealed(self.at_purchases[some]),
        )  # fmt: skip

    def around(self, purchases: Purchases, rows: Counts) -> Self:
        """Other histories (m,), made in the contexts of these rows (m,).

        What held at their purchases is taken to be what held at those of the rows: a likelihood wants histories that are the same.
        Refused where they began on another day, as far as that is known, or reach beyond what is known of the context.
        """
        mine = self.purchases
        if mine.until is not None and purchases.until is not None:
            # A day, counted in periods, may be off by a rounding.
            later = (purchases.until - mine.until).days / days_per(mine.period)
            elsewhere = np.abs(purchases.age - later - mine.age[rows]) * days_per(mine.period) > 0.5
            if elsewhere.any():
                remedy = "set the covariates along the log that they come from: paths.along(ledger, ...)"
                says = "must begin on the day on which their context begins"
                raise Invalid("purchases", says, f"{np.count_nonzero(elsewhere):,} who do not", remedy)
        beyond = self.known[rows] < purchases.age * (1 - 1e-12)
        if beyond.any():
            remedy = "add rows to the covariates, or say that what holds last goes on: .held()"
            says = "must end within what is known of the covariates"
            raise Invalid("purchases", says, f"{np.count_nonzero(beyond):,} who do not", remedy)
        return attrs.evolve(
            self, purchases=purchases, pieces=self.pieces.rows(rows),
            at_purchases=sealed(self.at_purchases[rows]),
        )  # fmt: skip

    def columns(self, names: Sequence[str]) -> Counts:
        """(j,) where these covariates are among those here; refuses what is not there."""
        if isinstance(names, str):
            raise Invalid("covariates", "must be a list of names", names, f'write ["{names}"]')
        for name in names:
            if name not in self.names:
                remedy = "read it with the others: CovariatePaths.from_frame(..., of=[...])"
                raise Invalid("covariates", f"must be among {', '.join(self.names)}", name, remedy)
        return np.array([self.names.index(name) for name in names], dtype=np.int64)

    def ahead(self, horizon: float | Floats) -> Pieces:
        """What holds from the end of observation until ``horizon`` periods later, one for all or (n,); refused where that is not known."""
        age = self.purchases.age
        # A day, counted in periods, may be off by a rounding.
        short = self.known < (age + horizon) * (1 - 1e-12)
        if short.any():
            knows, asked = float((self.known - age)[short].min()), float(np.max(horizon))
            says = f"must lie in what is known of the covariates, {knows:.6g} {self.purchases.period}s"
            remedy = "add rows to the covariates, or say that what holds last goes on: .held()"
            raise Invalid("horizon", says, asked, remedy)
        return self.pieces.between(age, age + horizon)

    def sheet(self) -> Sheet:
        """What they show of themselves."""
        head, *rest = self.purchases.sheet().parts
        return Sheet((f"{head}, with {', '.join(self.names)}", *rest))

    __repr__ = as_text
    _repr_html_ = as_html
