"""Prints the tables and polynomials of this folder (mpmath; run by hand: python3 make-tables.py > tables.ts)."""

import struct
from math import floor, log2

from mpmath import atan, chebyfit, erf, erfc, exp, expm1, findroot, log, mp, mpf, pi, sqrt

mp.dps = 50


def double(x):
    return float(x)


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def literal(x):
    text = repr(double(x))
    return text if "." in text or "e" in text else text + ".0"


def exp_table(n=128):
    rows = []
    for i in range(n):
        exact = mpf(2) ** (mpf(i) / n)
        near = double(exact)
        tail = double(exact / near - 1)
        rows.append(f"  0x{bits(tail):016x}, 0x{(bits(near) - (i << 52) // n) & (2**64 - 1):016x},")
    return "\n".join(rows)


def split_row(poly):
    """Low power first, the constant as the sum of two doubles."""
    low = list(reversed(poly))
    near = double(low[0])
    return "  " + ", ".join(literal(c) for c in [near, low[0] - near, *low[1:]]) + ","


def erf_table(first=6, last=48, degree=10):
    """Chebyshev interpolants of erf on [j/8, (j+1)/8] in t = x - centre."""
    rows = []
    for j in range(first, last):
        centre = (mpf(j) + mpf(1) / 2) / 8
        rows.append(split_row(chebyfit(lambda t: erf(centre + t), [-mpf(1) / 16, mpf(1) / 16], degree + 1)))
    return "\n".join(rows)


def erfcx_table(first=0.375, last=28.0, degree=12):
    """e^(x^2) erfc(x) on eighths of octaves, in t = x - centre."""
    rows = []
    low = first
    while low < last:
        width = 2.0 ** floor(log2(low)) / 8
        centre = mpf(low + width / 2)
        half = mpf(width) / 2
        rows.append(split_row(chebyfit(lambda t: exp((centre + t) ** 2) * erfc(centre + t), [-half, half], degree + 1)))
        low += width
    return "\n".join(rows)


def series(f, low, high, degree):
    return [literal(c) for c in reversed(chebyfit(f, [low, high], degree + 1))]


def constants(name, coefficients):
    return "\n".join(f"export const {name}{i}: usize = memory.data<f64>([{c}])" for i, c in enumerate(coefficients))


def atan_tail(z):
    # (atan(t) / t - 1) / z with z = t^2; the limit at 0 is -1/3
    if abs(z) < mpf(10) ** -12:
        return -mpf(1) / 3 + z / 5
    t = sqrt(z)
    return (atan(t) / t - 1) / z


def erf_tail(z):
    if z < mpf(10) ** -14:
        return 2 / sqrt(pi) * (1 - z / 3) - 1
    return erf(sqrt(z)) / sqrt(z) - 1


def erfinv_tail(s):
    # 1 - |x| from s^2 = -log(1 - x^2), to full relative precision
    squared = exp(-s * s)
    gap = squared / (1 + sqrt(1 - squared))
    return findroot(lambda y: log(erfc(y)) - log(gap), s - mpf("0.3"))


def expm1_tail(r):
    if abs(r) < mpf(10) ** -12:
        return mpf(1) / 2 + r / 6
    return (expm1(r) - r) / r**2


LN2_HALF = mp.ln2 / 2 * mpf("1.0001")

print(f"""// Written by make-tables.py.

/** 2^(i/128) = s (1 + tail): the bits of tail, then the bits of s less i << 45. */
export const EXP_TABLE: usize = memory.data<u64>([
{exp_table()}
])

/** erf on [j/8, (j+1)/8], j = 6..47, in t = x - (j + 1/2)/8: twelve numbers a row, the constant as the sum of the first two. */
export const ERF_TABLE: usize = memory.data<f64>([
{erf_table()}
])

/** e^(x^2) erfc(x) on eighths of octaves from 3/8 to 28, in t = x - centre: rows as above. */
export const ERFCX_TABLE: usize = memory.data<f64>([
{erfcx_table()}
])

/** erf(x) = x + x P(x^2), |x| <= 0.85. */
{constants("ER", series(erf_tail, mpf(0), mpf("0.7225"), 11))}

/** The inverse of erf to about six digits: sum of c_i t^i, t = sqrt(-log(1 - x^2)) - 4, for t in [-1.8, 2.2]. */
{constants("IN", series(lambda t: erfinv_tail(t + 4), mpf("-1.8"), mpf("2.2"), 8))}

/** atan(t) = t + t z P(z), z = t^2 <= 1/4. */
{constants("AT", series(atan_tail, mpf(0), mpf("0.2501"), 12))}

/** 2 atan(t) = t (2 + z P(z)), z = t^2 <= tan(pi/12)^2. */
{constants("AH", series(lambda z: 2 * atan_tail(z), mpf(0), mpf("0.07183"), 7))}

/** e^r - 1 = r + r^2 P(r), |r| <= ln(2)/2. */
{constants("EM", series(expm1_tail, -LN2_HALF, LN2_HALF, 10))}""")
