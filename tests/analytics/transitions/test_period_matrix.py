"""From month to month: published numbers (rain of Alofi), times and chances against fractions, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.analytics import Panel, PeriodMatrix
from relcore.customers import Stage, customer_lifecycle
from tests.oracles import markov

RAIN = PeriodMatrix.from_counts(
    ["0", "1-5", "6+"], [[362, 126, 60], [136, 90, 68], [50, 79, 124]], period="day"
)
"""1,096 days of rain in Alofi: data(rain) of the R package markovchain; numbers by R."""

SIZE = st.shared(st.integers(1, 6), key="size")
TABLES = SIZE.flatmap(
    lambda k: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2, 7]), min_size=k, max_size=k), min_size=k, max_size=k
    )
)


def matrix(counts):
    return PeriodMatrix.from_counts([f"s{n}" for n in range(len(counts))], counts, period="month")


# --- published ---------------------------------------------------------------------------------------


def test_the_rain_of_alofi_as_in_r():
    assert RAIN.probabilities[0] == pytest.approx([0.660583942, 0.229927007, 0.109489051], abs=1e-9)
    assert RAIN.stationary() == pytest.approx([0.5008870570, 0.2693656080, 0.2297473349], abs=1e-10)
    assert RAIN.expected_time_to("1-5")[0] == pytest.approx(4.09031152, abs=1e-8)
    assert RAIN.expected_time_to("6+")[0] == pytest.approx(7.15282584, abs=1e-8)
    assert sorted(np.linalg.eigvals(RAIN.probabilities).real)[:2] == pytest.approx(
        [0.0462103575, 0.4106146101]
    )


def test_kemenys_constant_is_the_same_from_everywhere_as_in_r():
    """The expected time to a state drawn from the long run: 3.7451319221 with one day for where it starts."""
    share = RAIN.stationary()
    from_each = sum(share[j] * RAIN.expected_time_to(state) for j, state in enumerate(RAIN.states)) + 1
    assert from_each == pytest.approx([3.7451319221] * 3, abs=1e-9)


# --- against fractions -------------------------------------------------------------------------------


@given(TABLES, st.data())
def test_times_and_chances_are_those_of_schoolbook_elimination(counts, data):
    fitted = matrix(counts)
    goal = data.draw(st.sets(st.sampled_from(range(len(counts))), min_size=1))
    p = markov.shares(counts)
    if len(counts) == 1:
        p = [[markov.Fraction(1)]]  # one way only
    names = [f"s{n}" for n in goal]
    slow = [np.inf if t is None else float(t) for t in markov.time_to(p, goal)]
    assert fitted.expected_time_to(*names) == pytest.approx(slow, rel=1e-11)
    chance = [float(c) for c in markov.chance_of(p, goal)]
    assert fitted.probability_of_reaching(*names) == pytest.approx(chance, abs=1e-12)


@given(TABLES.filter(lambda rows: all(any(row) for row in rows)))
def test_the_long_run_stays_as_it_is_or_is_refused(counts):
    fitted, k = matrix(counts), len(counts)
    into = [markov.can_reach(counts, {goal}) for goal in range(k)]
    lasting = [i for i in range(k) if all(j in into[i] for j in range(k) if i in into[j])]
    if any(i not in into[j] for i in lasting for j in lasting):
        with pytest.raises(Invalid, match="one long run"):
            fitted.stationary()
        return
    share = fitted.stationary()
    assert share @ fitted.probabilities == pytest.approx(share, abs=1e-13)
    assert share.sum() == pytest.approx(1)
    mean = np.mean(
        [fitted.after(n)[0] for n in range(2000, 2060)], axis=0
    )  # 60: whole rounds of every period up to 6
    assert share == pytest.approx(mean, abs=1e-6)


def test_a_way_that_is_hardly_ever_taken_costs_no_digits():
    """I - Q would lose 12 of 16 digits here."""
    n = 10**12
    fitted = matrix([[n, 1, 0], [0, n, 1], [0, 0, 1]])
    assert fitted.expected_time_to("s2") == pytest.approx([2 * (n + 1), n + 1, 0], rel=1e-14)


# --- the lifecycle -----------------------------------------------------------------------------------


def panel(*paths):
    rows = [(who, step, state) for who, path in enumerate(paths) for step, state in enumerate(path)]
    who, step, state = map(list, zip(*rows, strict=True))
    codes = np.array([list(Stage).index(s) for s in state], dtype=np.int8)
    return Panel.sorted(
        np.array(who), np.array(step), codes, np.ones(len(rows)), tuple(map(str, Stage)), "month"
    )


def test_several_jumps_may_be_made_in_a_month_but_none_back_to_before():
    """Aware to churned is no single jump, but a month may see all; from loyal nobody becomes aware again."""
    fitted = PeriodMatrix.fit(
        panel(["aware", "churned", "churned"], ["loyal", "aware"]), lifecycle=customer_lifecycle
    )
    at = {state: n for n, state in enumerate(fitted.states)}
    assert fitted.probabilities[at["aware"], at["churned"]] == 1
    (unexpected,) = fitted.unexpected
    assert (unexpected.source, unexpected.target, unexpected.count) == ("loyal", "aware", 1)
    reach = {(str(s), str(t)) for s in customer_lifecycle.states for t in customer_lifecycle.reachable(s)}
    assert {(s, t) for s in at for t in at if fitted.allowed[at[s], at[t]]} == reach


def test_the_time_to_churn_is_zero_there_and_infinite_where_nothing_was_seen():
    paths = [["new", "new", "at_risk", "churned"], ["new", "at_risk", "churned", "churned"]]
    fitted = PeriodMatrix.fit(panel(*paths), lifecycle=customer_lifecycle)
    time = dict(zip(fitted.states, fitted.expected_time_to("churned"), strict=True))
    assert time == pytest.approx(
        {"churned": 0, "at_risk": 1, "new": 2.5}
        | dict.fromkeys(set(fitted.states) - {"churned", "at_risk", "new"}, np.inf)
    )


def test_weights_are_counted():
    one = panel(["new", "churned"], ["new", "new"])
    heavy = Panel(one.subject, one.step, one.state, np.array([3.0, 3.0, 1.0, 1.0]), one.states, "month")
    fitted = PeriodMatrix.fit(heavy, lifecycle=customer_lifecycle)
    new = fitted.states.index("new")
    assert fitted.probabilities[new, fitted.states.index("churned")] == 0.75
    assert fitted.n[new] == 4


# --- how sure it is ----------------------------------------------------------------------------------


def test_the_interval_of_a_share_is_that_of_a_binomial():
    """The delta method on one cell: the error of a share, on the scale of log odds."""
    found = RAIN.interval(lambda m: m.probabilities[0], between=(0, 1))
    p, n = RAIN.probabilities[0], RAIN.n[0]
    odds = np.log(p / (1 - p))
    reach = 1.959963984540054 / np.sqrt(n * p * (1 - p))
    assert found.low == pytest.approx(1 / (1 + np.exp(-(odds - reach))), rel=1e-6)
    assert found.high == pytest.approx(1 / (1 + np.exp(-(odds + reach))), rel=1e-6)


def test_the_interval_of_a_geometric_time_is_known_in_closed_form():
    """Time to leave 1 / q with q = 10 of 40: its logarithm has the error sqrt((1 - q) / (n q))."""
    fitted = PeriodMatrix.from_counts(["in", "out"], [[30, 10], [0, 5]], period="month")
    found = fitted.interval(lambda m: m.expected_time_to("out"), level=0.9)
    reach = 1.6448536269514722 * np.sqrt(0.75 / (40 * 0.25))
    assert found.estimate.tolist() == pytest.approx([4, 0])
    assert found.low.tolist() == pytest.approx([4 * np.exp(-reach), 0], rel=1e-6)
    assert found.high.tolist() == pytest.approx([4 * np.exp(reach), 0], rel=1e-6)


def test_nine_of_ten_intervals_hold_the_truth():
    random = np.random.default_rng(20)
    truth = matrix([[70, 20, 10], [30, 60, 10], [0, 0, 1]])
    right, held = truth.expected_time_to("s2")[:2], np.zeros(2)
    for _ in range(200):
        counts = [random.multinomial(400, row) for row in truth.probabilities]
        found = matrix(counts).interval(lambda m: m.expected_time_to("s2"), level=0.9)
        held += (found.low[:2] <= right) & (right <= found.high[:2])
    assert np.all((held / 200 > 0.84) & (held / 200 < 0.96))


def test_what_is_infinite_whatever_the_shares_stays_so():
    fitted = matrix([[1, 1, 0], [0, 1, 0], [0, 1, 2]])
    found = fitted.interval(lambda m: m.expected_time_to("s2"))
    assert found.estimate.tolist() == found.low.tolist() == found.high.tolist() == [np.inf, np.inf, 0]


# --- edges and refusals ------------------------------------------------------------------------------


def test_an_end_keeps_everybody_seen_or_not():
    """A table that lets nobody out says what a row without counts cannot."""
    allowed = [[True, True], [False, True]]
    fitted = PeriodMatrix.from_counts(["in", "out"], [[3, 1], [0, 0]], period="week", allowed=allowed)
    assert fitted.probabilities.tolist() == [[0.75, 0.25], [0, 1]]
    assert fitted.stationary().tolist() == [0, 1]
    assert fitted.after(0).tolist() == [[1, 0], [0, 1]]
    assert fitted.after(2)[0] == pytest.approx([0.5625, 0.4375])


def test_states_that_nobody_was_in_have_no_part_in_the_long_run():
    assert matrix([[1, 1, 0], [1, 1, 0], [0, 0, 0]]).stationary().tolist() == [0.5, 0.5, 0]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: RAIN.expected_time_to("snow"), r"targets must be some of 0, 1-5, 6\+, got \['snow'\]"),
        (lambda: RAIN.expected_time_to(), "targets must be some of"),
        (lambda: RAIN.after(-1), "periods must be >= 0, got -1"),
        (lambda: RAIN.interval(lambda m: m.stationary(), level=0), "level must lie in"),
        (lambda: RAIN.interval(lambda m: m.expected_time_to("0"), between=(0, 1)), "between must hold the quantity"),
        (lambda: matrix([[1, 0], [0, 1]]).stationary(), r"one long run.*\('s0', 's1'\)"),
        (lambda: matrix([[0, 1], [0, 0]]).stationary(), r"what follows each state of the long run, got \['s1'\]"),
        (lambda: matrix([[0, 0], [0, 0]]).stationary(), "counts must not be empty"),
        (lambda: PeriodMatrix.from_counts(["a"], [[1]], period="fortnight"), "period must be one of"),
        (lambda: PeriodMatrix.from_counts(["a"], [[-1]], period="day"), "finite and >= 0"),
        (lambda: PeriodMatrix.from_counts(["a", "b"], [[1]], period="day"), "one row and one column"),
    ],
)  # fmt: skip
def test_a_question_without_an_answer_is_refused(ask, says):
    with pytest.raises(Invalid, match=says):
        ask()


def test_it_shows_per_cent_dots_and_question_marks():
    allowed = [[True, True], [False, True]]
    text = repr(PeriodMatrix.from_counts(["in", "out"], [[3, 1], [0, 0]], period="week", allowed=allowed))
    assert text.splitlines()[-1].split() == ["out", ".", "100.0", "%", "0"]
    assert "?" in repr(matrix([[0, 0], [0, 1]]))
