#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Prints GeluCoefficients.inc: the two approximations of the exact GELU that attn-expand-math emits, both of Phi(x) = gelu(x) / x.
# Interpolation in Chebyshev nodes, which is within a small factor of the best polynomial; doubles throughout.
import math

def phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))

def interpolate(f, low, high, degree):
    """Monomial coefficients, lowest first, of the polynomial through f in the Chebyshev nodes of [low, high]."""
    n = degree + 1
    nodes = [0.5 * (low + high) + 0.5 * (high - low) * math.cos(math.pi * (i + 0.5) / n) for i in range(n)]
    newton = [f(t) for t in nodes]
    for j in range(1, n):
        for i in range(n - 1, j - 1, -1):
            newton[i] = (newton[i] - newton[i - 1]) / (nodes[i] - nodes[i - j])
    c = [newton[-1]]
    for i in range(n - 2, -1, -1):
        c = [0.0] + c
        for j in range(len(c) - 1):
            c[j] -= nodes[i] * c[j + 1]
        c[0] += newton[i]
    return c

def table(scale, degree):
    """Pieces of width 1/scale around w/scale, w = -16..15, at index (w + 16) % 32; the outermost are 0 and 1."""
    rows = [[0.0] * (degree + 1) for _ in range(32)]
    for w in range(-14, 15):
        rows[w + 16] = interpolate(lambda r: phi((w + r) / scale), -0.5, 0.5, degree)
    rows[31][0] = 1.0
    return rows

def portable(bound, degree):
    """P with Phi(x) = 0.5 + u P(u^2 - 1) where u = x sqrt(2) / bound."""
    def f(s):
        u = math.sqrt(max(s + 1, 1e-30))
        x = u * bound / math.sqrt(2)
        return 0.5 * math.erf(x / math.sqrt(2)) / u
    return interpolate(f, -1.0, 1.0, degree)

if __name__ == '__main__':
    print('// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception')
    print('// Made by fit_gelu.py; do not edit.')
    print('constexpr float geluScale = 2.8f;')
    print('constexpr float geluTable[5][32] = {')
    rows = table(2.8, 4)
    for d in range(5):
        print('    {' + ', '.join('%.9ef' % rows[w][d] for w in range(32)) + '},')
    print('};')
    print('constexpr float geluBound = 5.3f;')
    print('constexpr float geluPortable[15] = {' + ', '.join('%.9ef' % c for c in portable(5.3, 14)) + '};')
