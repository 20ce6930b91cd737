"""The page that examples/quickstart.py writes: one HTML file that asks nothing of any network."""

# matplotlib leaves the types of its keyword arguments open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from io import StringIO
from pathlib import Path
from string import Template

import attrs
import matplotlib as mpl
from matplotlib.figure import Figure

from relcore import Case, Refused
from relcore.analytics import BetaGeoNBD, GammaGamma, Tracking
from relcore.customers import CustomerHistory
from relcore.plots import tracking


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


def write_report(
    path: Path,
    findings: Findings,
    model: BetaGeoNBD,
    spend: GammaGamma,
    stages: Mapping[str, int],
    cases: Sequence[tuple[Case, float, CustomerHistory]],
    refusal: Refused,
) -> Path:
    """The whole page, written in one go."""
    page = PAGE.substitute(
        today=f"{findings.today:%d %B %Y}",
        customers=f"{findings.customers:,}",
        expected=f"{findings.expected:,.0f}",
        actual=f"{findings.actual:,.0f}",
        bias=f"{findings.expected / findings.actual - 1:+.1%}",
        error=f"{findings.error:.2f}",
        naive=f"{findings.naive:.2f}",
        stages="".join(bar(stage, count, sum(stages.values())) for stage, count in stages.items()),
        plot=picture(findings.tracking),
        models=f"<pre>{escape(str(model))}</pre><pre>{escape(str(spend))}</pre>",
        cases="".join(row(*told) for told in cases),
        refusal=escape(str(refusal)),
    )
    path.write_text(page, encoding="utf-8")
    return path


def picture(values: Tracking) -> str:
    """The plot as SVG in the page: no file beside it, no font to be found."""
    with mpl.rc_context({"svg.hashsalt": "relcore"}):
        figure = Figure(figsize=(8.6, 4.4), layout="constrained")
        tracking(values, ax=figure.add_subplot())
        drawn = StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    svg = drawn.getvalue()
    return svg[svg.index("<svg") :].replace("<svg ", '<svg role="img" aria-label="Tracking plot" ', 1)


def bar(stage: str, count: int, of: int) -> str:
    name, share = escape(stage.replace("_", " ")), count / of
    return (
        f"<tr><td>{name}<td class=n>{count:,}<td class=n>{share:.1%}"
        f'<td class=bar><span style="width:{share:.1%}"></span>'
    )


def row(case: Case, value: float, history: CustomerHistory) -> str:
    since = f"{history.stays[-1].start:%d %b %Y}"
    return (
        f"<tr><td><code>…{escape(case.customer[-8:])}</code><td class=n>{value:,.2f}<td>{since}"
        f"<td><code>…{escape(case.id[-8:])}</code><td>{escape(str(case.owner))}"
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
  svg { width: 100%; height: auto; }
  blockquote { margin: 0; padding: .7rem 1.1rem; border-left: 4px solid var(--warm); background: #fdf5ef; }
  footer { margin-top: 4rem; color: var(--quiet); font-size: .85rem; }
</style>
<h1>From a purchase log to a decision</h1>
<p class="lead">$customers customers of CDNOW, seen at the end of $today. What each of them has done so far says who is
worth keeping, who is slipping away, and who should be called. The nine months that followed say whether that was right.</p>

<div class="tiles">
  <div class="tile"><b>$expected</b><span>repeat orders expected in the next 39 weeks</span></div>
  <div class="tile"><b>$actual</b><span>were made ($bias)</span></div>
  <div class="tile"><b>$error</b><span>orders off per customer, on average</span></div>
  <div class="tile"><b>$naive</b><span>if everybody had gone on as before</span></div>
</div>

<h2>Did the forecast hold?</h2>
$plot

<h2>Where the customers stand</h2>
<table><tr><th>stage<th class=n>customers<th class=n>share<th>$stages</table>

<h2>Whom to call</h2>
<p class="lead">The ten most valuable customers at risk. Value: what they are expected to spend over the next three
years, discounted at 10 % a year, in US dollars. Each has a case with the account manager.</p>
<table><tr><th>customer<th class=n>value<th>at risk since<th>case<th>owner$cases</table>

<h2>What the rules do not allow</h2>
<p class="lead">The first case was accepted, waited for the customer and was resolved. Closing it at once was refused:</p>
<blockquote>$refusal</blockquote>

<h2>The models</h2>
$models

<footer>Data: the 1/10 sample of CDNOW, published by Peter Fader and Bruce Hardie for teaching and research.
Made with relcore.</footer>
""")
