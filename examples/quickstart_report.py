"""The page that examples/quickstart.py writes: one HTML file that asks nothing of any network."""

# matplotlib leaves the types of its keyword arguments open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from io import StringIO
from pathlib import Path
from string import Template
from typing import Any

import attrs
import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relcore import Case, Refused
from relcore.analytics import BetaGeoNBD, GammaGamma, KaplanMeier, PeriodMatrix, Purchases, Segments, Tracking
from relcore.bridges import Histories
from relcore.plots import recency_frequency_map, segment_map, survival, tracking, transition_map


@attrs.frozen
class Findings:
    """What the forecast of the hold-out weeks came to."""

    today: date
    customers: int
    expected: float
    actual: float
    error: float
    """Mean absolute error per customer, in orders."""
    naive: float
    """The same for the baseline: everybody goes on as before."""
    tracking: Tracking


@attrs.frozen
class Report:
    """All that the page tells."""

    findings: Findings
    model: BetaGeoNBD
    spend: GammaGamma
    known: Purchases
    lifecycles: Histories
    monthly: PeriodMatrix
    curve: KaplanMeier
    segments: Segments
    cases: Sequence[tuple[Case, float]]
    refusal: Refused
    invited: Mapping[str, int]

    def write(self, path: Path, *, progress: Callable[[str, int, int], None]) -> Path:
        """The whole page, written in one go; pictures take a moment each, and are counted as they are drawn."""
        found = self.findings
        drawn = dict[str, str]()
        for name, (draw, label, height) in self.pictures().items():
            drawn[name] = picture(draw, label, height=height)
            progress("pictures", len(drawn), len(self.pictures()))
        page = PAGE.substitute(
            drawn,
            today=f"{found.today:%d %B %Y}",
            customers=f"{found.customers:,}",
            expected=f"{found.expected:,.0f}",
            actual=f"{found.actual:,.0f}",
            bias=f"{found.expected / found.actual - 1:+.1%}",
            error=f"{found.error:.2f}",
            naive=f"{found.naive:.2f}",
            stages=bars(self.lifecycles.stages()),
            cases="".join(self.row(case, value) for case, value in self.cases),
            refusal=escape(str(self.refusal)),
            invited=bars(self.invited),
            models=f"<pre>{escape(str(self.model))}</pre><pre>{escape(str(self.spend))}</pre>",
        )
        path.write_text(page, encoding="utf-8")
        return path

    def pictures(self) -> Mapping[str, tuple[Callable[[Axes], object], str, float]]:
        """By their place in the page: who draws it, what it is called, and its height."""
        return {
            "tracking": (
                lambda ax: tracking(self.findings.tracking, ax=ax),
                "Expected and actual orders",
                4.4,
            ),
            "months": (
                lambda ax: transition_map(self.monthly, title="From month to month", ax=ax),
                "Transitions",
                5.2,
            ),
            "survival": (
                lambda ax: survival(self.curve, title="Not yet back after the first order", ax=ax),
                "Survival",
                4.4,
            ),
            "segments": (lambda ax: segment_map(self.segments, ax=ax), "Segments", 5.4),
            "histories": (self.alive, "Probability of being alive", 5.0),
        }

    def alive(self, ax: Axes) -> None:
        recency_frequency_map(
            self.model.probability_alive, age=39, period="week", customers=self.known, ax=ax
        )

    def row(self, case: Case, value: float) -> str:
        assert case.customer is not None  # each was opened for a customer of the log
        since = f"{self.lifecycles[case.customer].stays[-1].start:%d %b %Y}"
        return (
            f"<tr><td><code>…{escape(case.customer[-8:])}</code><td class=n>{value:,.2f}<td>{since}"
            f"<td><code>…{escape(case.id[-8:])}</code><td>{escape(str(case.owner))}"
        )


def picture(draw: Callable[[Axes], object], label: str, *, height: float) -> str:
    """A plot as SVG in the page: no file beside it, no font to be found, the same bytes each time."""
    with mpl.rc_context({"svg.hashsalt": f"relcore {label}"}):
        figure = Figure(figsize=(8.6, height), layout="constrained")
        draw(figure.add_subplot())
        drawn = StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    svg = drawn.getvalue()
    return svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def bars(counts: Mapping[Any, int]) -> str:
    """One row per name, with its count, its share, and a bar."""
    of = sum(counts.values())
    return "".join(
        f"<tr><td>{escape(name.replace('_', ' '))}<td class=n>{count:,}<td class=n>{count / of:.1%}"
        f'<td class=bar><span style="width:{count / of:.1%}"></span>'
        for name, count in counts.items()
    )


PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>From a purchase log to a decision</title>
<style>
  :root { --ink: #1d2733; --quiet: #5d6b7a; --line: #dde3ea; --blue: #0072b2; --warm: #d55e00; }
  body { margin: 0 auto; padding: 3rem 1.5rem 5rem; max-width: 60rem; color: var(--ink); background: #fff;
         font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
  h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .3rem; }
  h2 { font-size: 1.2rem; margin: 3rem 0 .6rem; }
  p.lead { color: var(--quiet); margin: 0 0 2rem; max-width: 46rem; }
  .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; }
  .tile { border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1.1rem; }
  .tile b { display: block; font-size: 1.7rem; font-variant-numeric: tabular-nums; }
  .tile span { color: var(--quiet); font-size: .9rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); }
  th { color: var(--quiet); font-weight: 600; font-size: .85rem; }
  .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 2rem; }
  td.bar { width: 50%; }
  td.bar span { display: block; height: .7rem; border-radius: .35rem; background: var(--blue); min-width: 2px; }
  pre { background: #f6f8fa; border-radius: .6rem; padding: 1rem; overflow-x: auto; font-size: .85rem; line-height: 1.4; }
  p.note { color: var(--quiet); font-size: .9rem; margin: .4rem 0 0; max-width: 46rem; }
  svg { width: 100%; height: auto; margin-top: 1.2rem; }
  blockquote { margin: 0; padding: .7rem 1.1rem; border-left: 4px solid var(--warm); background: #fdf5ef; }
  footer { margin-top: 4rem; color: var(--quiet); font-size: .85rem; }
</style>
<h1>From a purchase log to a decision</h1>
<p class="lead">$customers customers of CDNOW, seen at the end of $today. What each of them has done so far says who is
worth keeping, who is slipping away, and who should be called. The nine months that followed say whether that was right.</p>

<div class="tiles">
  <div class="tile"><b>$expected</b><span>repeat orders expected in the next 39 weeks</span></div>
  <div class="tile"><b>$actual</b><span>were made: the forecast is off by $bias</span></div>
  <div class="tile"><b>$error</b><span>orders off per customer, on average</span></div>
  <div class="tile"><b>$naive</b><span>if everybody had gone on as before</span></div>
</div>

<h2>Did the forecast hold?</h2>
$tracking

<h2>Where the customers stand</h2>
<table><tr><th>stage<th class=n>customers<th class=n>share<th>$stages</table>
$months
<p class="note">Of those who stood in a row's stage at the end of a month: how many stood in the column's a month later, and
their share. Hatched: the lifecycle has no way from the one to the other.</p>

<h2>Who comes back</h2>
$survival
<p class="note">Of the new customers, how many had not ordered a second time after so many weeks, with the 95 % band.</p>
$segments
<p class="note">Fifths by time since the last order and by number of orders; customers alike are never parted, so some
scores are empty.</p>
$histories
<p class="note">Dark: the model takes a customer with such a history for alive. Each point is one who came back, at their
own frequency and last purchase; most have been watched for a little less than 39 weeks.</p>

<h2>Whom to call</h2>
<p class="lead">The ten most valuable customers at risk. Value: what they are expected to spend over the next three
years, discounted at 10 % a year, in US dollars. Each has a case with the account manager.</p>
<table><tr><th>customer<th class=n>value<th>at risk since<th>case<th>owner$cases</table>

<h2>What the rules do not allow</h2>
<p class="lead">The first case was accepted, waited for the customer and was resolved. Closing it at once was refused:</p>
<blockquote>$refusal</blockquote>

<h2>Whom we may invite back</h2>
<p class="lead">Everybody at risk, as far as they allow it. The log knows no consents: these were drawn from a fixed seed.
Who was left out is kept with the reason, and one in five is held out to be compared with.</p>
<table><tr><th>outcome<th class=n>customers<th class=n>share<th>$invited</table>

<h2>The models</h2>
$models

<footer>Data: the 1/10 sample of CDNOW, published by Peter Fader and Bruce Hardie for teaching and research.
Made with relcore.</footer>
""")
