"""How alike two names are, from 0 to 1, as the United States Census Bureau measures it.

M. A. Jaro, "Advances in Record-Linkage Methodology as Applied to Matching the 1985 Census of Tampa, Florida", *JASA* 84
(1989), 414-420: letters agree when they are the same and not too far apart, and agreeing letters in another order are
transposed. W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record
Linkage", *Proc. Section on Survey Research Methods, ASA* (1990), 354-359: people misspell the end of a name more often
than its beginning.
"""

from __future__ import annotations


def jaro(one: str, other: str) -> float:
    """``(c/len(one) + c/len(other) + (c - t)/c) / 3``, with c agreeing letters and t transpositions; 0 if none agree.

    >>> round(jaro("MARTHA", "MARHTA"), 3), round(jaro("DIXON", "DICKSONX"), 3)
    (0.944, 0.767)
    """
    if one == other:
        return 1.0
    reach = max(len(one), len(other)) // 2 - 1
    taken = [False] * len(other)
    agreeing = list[str]()
    for i, letter in enumerate(one):
        for j in range(max(0, i - reach), min(len(other), i + reach + 1)):
            if not taken[j] and other[j] == letter:
                taken[j] = True
                agreeing.append(letter)
                break
    if not agreeing:
        return 0.0
    in_their_order = (letter for letter, is_taken in zip(other, taken, strict=True) if is_taken)
    c = len(agreeing)
    t = sum(ours != theirs for ours, theirs in zip(agreeing, in_their_order, strict=True)) // 2
    return (c / len(one) + c / len(other) + (c - t) / c) / 3


def jaro_winkler(one: str, other: str) -> float:
    """Jaro's measure, raised by a tenth of what is missing for each of up to four letters that begin both.

    >>> [
    ...     round(jaro_winkler(*pair.split()), 3)
    ...     for pair in ("MARTHA MARHTA", "DWAYNE DUANE", "DIXON DICKSONX")
    ... ]
    [0.961, 0.84, 0.813]
    """
    alike = jaro(one, other)
    prefix = 0
    for ours, theirs in zip(one[:4], other[:4], strict=False):
        if ours != theirs:
            break
        prefix += 1
    return alike + prefix * 0.1 * (1 - alike)
