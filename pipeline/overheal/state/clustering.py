"""Whether gaps come in clusters: then there is less to learn from them than their number says."""

from collections.abc import Sequence

import numpy as np

PLAIN = 1.1
"""A dispersion above this is more than exponential gaps have in nine of ten cases."""

MOST = 2.0
INSTANT = 1e-3  # seconds; a shorter gap counts as this long


def clustering(gaps: Sequence[float], change: int) -> float:
    """Return by how much evidence counts for less where gaps come in clusters: 1 to MOST.

    It is the square of the dispersion over PLAIN: the variance of the gaps in units of their mean
    before and after the ``change``, or of what a power of their number makes of them, whichever is
    less. Exponential gaps have a dispersion of one, and at most PLAIN in nine of ten cases.
    Recoveries that bring others along (deploys, crash loops, failed repairs) have more, and are
    worth fewer than they count. Dividing by a dispersion is quasi-likelihood (McCullagh 1983);
    the test of Lewis and Robinson divides Laplace's by its root.
    """
    values = np.maximum(np.array(gaps), INSTANT)
    before, after = values[:change], values[change:]
    stepped = np.concatenate([before / before.mean(), after / after.mean()])
    index, logs = np.log(np.arange(1, len(values) + 1)), np.log(values)
    centred = index - index.mean()
    bent = values / np.exp(index * (centred @ logs) / (centred @ centred))
    dispersion = min(float(stepped.var()), float((bent / bent.mean()).var()))
    return min(max(dispersion / PLAIN, 1.0) ** 2, MOST)
