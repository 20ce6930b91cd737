"""Whether exact derivatives are those of the function they belong to."""

import numpy as np
import pytest


def derivatives_hold(at, theta):
    """Central differences of the value give the gradient, those of the gradient give the Hessian."""
    step = 1e-5
    sides = [(at(theta + e), at(theta - e)) for e in np.eye(theta.size) * step]
    here = at(theta)
    slopes = np.array([(up.value - down.value) / (2 * step) for up, down in sides])
    bends = np.array([(up.gradient - down.gradient) / (2 * step) for up, down in sides])
    scale = 1 + abs(here.value)
    assert here.gradient == pytest.approx(slopes, rel=1e-7, abs=1e-8 * scale)
    assert here.hessian == pytest.approx(bends, rel=1e-7, abs=1e-8 * scale)
    assert np.allclose(here.hessian, here.hessian.T, rtol=1e-12, atol=1e-12 * scale)
