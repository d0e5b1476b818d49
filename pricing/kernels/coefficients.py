#!/usr/bin/env python3
"""Prints the constants of vector_math.hpp with their approximation errors. Needs mpmath.

The Mills ratio R(x) = (1 - Phi(x)) / phi(x) is fitted on [0, 110] as p(x) / q(x) with degrees 10
and 11: least squares of (p / R - q) / q_previous on Chebyshev points of (x - 3) / (x + 3), weights
raised where the relative error is large (Lawson). exp and atanh use Remez's exchange algorithm.
"""
from mpmath import mp, mpf, atanh, cos, erfc, exp, log, lu_solve, matrix, nstr, pi, sqrt

mp.dps = 60


def mills_ratio(x):
    if x <= 60:
        return sqrt(pi / 2) * exp(x * x / 2) * erfc(x / sqrt(mpf(2)))
    tail = mpf(0)
    for k in range(400, 0, -1):  # Laplace's continued fraction.
        tail = k / (x + tail)
    return 1 / (x + tail)


def weighted_fit(n, rows, targets, weights):
    """Solves the normal equations of sum of (weight * (row . s - target))^2."""
    size = 2 * n
    a, b = matrix(size, size), matrix(size, 1)
    for row, target, weight in zip(rows, targets, weights):
        for i in range(size):
            b[i] += row[i] * weight * target
            for j in range(i, size):
                a[i, j] += row[i] * weight * row[j]
    for i in range(size):
        for j in range(i):
            a[i, j] = a[j, i]
    return lu_solve(a, b)


def fit_mills(n, c=mpf(3), rounds=25):
    """The best p (degree n - 1) and monic q (degree n) in y = x / c, and the relative error."""
    count = 12 * n
    points = [cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    points = [y for y in ((1 + t) / (1 - t) for t in points) if c * y <= 110]
    exact = [mills_ratio(c * y) for y in points]
    weights = [mpf(1)] * len(points)
    q_values = [(1 + y) ** n for y in points]
    best = None
    for turn in range(rounds):
        rows = [[y**j / (r * q) for j in range(n)] + [-(y**j) / q for j in range(n)]
                for y, r, q in zip(points, exact, q_values)]
        targets = [y**n / q for y, q in zip(points, q_values)]
        s = weighted_fit(n, rows, targets, weights)
        p, q = [s[i] for i in range(n)], [s[n + i] for i in range(n)] + [mpf(1)]
        q_values = [sum(q[j] * y**j for j in range(n + 1)) for y in points]
        errors = [abs(sum(p[j] * y**j for j in range(n)) / (v * r) - 1)
                  for y, v, r in zip(points, q_values, exact)]
        if best is None or max(errors) < best[0]:
            best = (max(errors), p, q)
        if turn >= 3:
            weights = [w * (e / max(errors) + mpf("0.02")) for w, e in zip(weights, errors)]
            mean = sum(weights) / len(weights)
            weights = [w / mean for w in weights]
    error, p, q = best
    return error, [p[j] / c**j / q[0] for j in range(n)], [q[j] / c**j / q[0] for j in range(n + 1)]


def remez(f, weight, low, high, degree, rounds=14):
    """The polynomial of least max |weight * (p - f)| on [low, high], and that maximum."""
    n = degree + 2
    middle, half = (low + high) / 2, (high - low) / 2
    points = sorted(middle + half * cos(pi * i / (n - 1)) for i in range(n))
    for _ in range(rounds):
        a, b = matrix(n, n), matrix(n, 1)
        for i, x in enumerate(points):
            for j in range(degree + 1):
                a[i, j] = x**j
            a[i, degree + 1] = (-1) ** i / weight(x)
            b[i] = f(x)
        s = lu_solve(a, b)
        grid = [middle - half * cos(pi * i / (40 * n)) for i in range(40 * n + 1)]
        errors = [weight(x) * (sum(s[j] * x**j for j in range(degree + 1)) - f(x)) for x in grid]
        peaks, at = [], 0
        for i in range(1, len(grid)):
            if (errors[i] > 0) != (errors[at] > 0):
                peaks.append(at)
                at = i
            elif abs(errors[i]) > abs(errors[at]):
                at = i
        peaks.append(at)
        if len(peaks) != n:
            break
        points = [grid[i] for i in peaks]
    return max(map(abs, errors)), [s[j] for j in range(degree + 1)]


def exp_tail(r):
    """(exp(r) - 1 - r) / r^2."""
    if abs(r) < mpf("1e-8"):
        return mpf(1) / 2 + r / 6 + r * r / 24
    return (exp(r) - 1 - r) / r**2


def atanh_tail(z):
    """(2 atanh(s) - 2 s) / s^3 with s = sqrt(z)."""
    if z < mpf("1e-15"):
        return mpf(2) / 3 + 2 * z / 5
    s = sqrt(z)
    return (2 * atanh(s) - 2 * s) / s**3


def show(name, error, coefficients):
    print(f"{name}, error {nstr(error, 3)}:", *(nstr(c, 20) for c in coefficients), sep="\n    ")


half_ln2 = log(mpf(2)) / 2 * mpf("1.0005")
show("exp", *remez(exp_tail, lambda r: r * r + mpf("1e-4"), -half_ln2, half_ln2, 9))
show("log_ratio", *remez(atanh_tail, lambda z: z / 2 + mpf("1e-5"), mpf(0), mpf("0.0403"), 7))
error, numerator, denominator = fit_mills(11)
show("mills numerator", error, numerator)
show("mills denominator", error, denominator)
