/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Compares what attn-expand-math made with libm in double, over the range of each function, and checks the special
 * values. */
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 65520 };
static float x[N], y[N];

typedef void (*kernel)(const float *, float *);
void run_exp2(const float *, float *), run_exp2_narrow(const float *, float *), run_exp(const float *, float *),
    run_gelu(const float *, float *), run_gelu_narrow(const float *, float *), run_tanh(const float *, float *),
    run_erf(const float *, float *), run_log(const float *, float *), run_sin(const float *, float *),
    run_cos(const float *, float *);

/* The oracles. */
static double true_exp2(double v) { return (double)exp2l(v); }
static double true_exp(double v) { return (double)expl(v); }
static double true_gelu(double v) { return v * 0.5 * (double)erfcl(-v * 0.70710678118654752440L); }
static double true_tanh(double v) { return (double)tanhl(v); }
static double true_erf(double v) { return (double)erfl(v); }
static double true_log(double v) { return (double)logl(v); }
static double true_sin(double v) { return (double)sinl(v); }
static double true_cos(double v) { return (double)cosl(v); }

/* error / scale, where scale is |truth| for a relative bound, max(1, |x|) for gelu, 1 for an absolute one. */
enum scale { RELATIVE, OF_X, ABSOLUTE };

static const struct {
  const char *name;
  kernel run;
  double (*truth)(double);
  double low, high, bound;
  enum scale scale;
} cases[] = {
    /* Polynomial 8.2e-8, six roundings of a value in [1, 2), the last of half a unit: 1.5e-7; two more where products
       are rounded. */
    {"exp2", run_exp2, true_exp2, -126, 127.99, 2.1e-7, RELATIVE},
    {"exp2_narrow", run_exp2_narrow, true_exp2, -126, 127.99, 2.1e-7, RELATIVE},
    /* As exp2, and 6e-8 for the fraction. */
    {"exp", run_exp, true_exp, -87.3, 88.7, 2.8e-7, RELATIVE},
    /* Fit 1.2e-7, the product half a unit of x, and the polynomial's roundings. */
    {"gelu", run_gelu, true_gelu, -20, 20, 3e-7, OF_X},
    {"gelu_narrow", run_gelu_narrow, true_gelu, -20, 20, 3e-7, OF_X},
    /* Upstream's approximations: a few units in the last place of 1, the scale of their results; log: of 14, the
       largest here, where a unit is 9.5e-7. */
    {"tanh", run_tanh, true_tanh, -10, 10, 5e-7, ABSOLUTE},
    {"erf", run_erf, true_erf, -6, 6, 5e-7, ABSOLUTE},
    {"log", run_log, true_log, 1e-6, 1e6, 1.5e-6, ABSOLUTE},
    /* Computed in double and rounded once: half a unit, which is at most 2^-24 of the result, and 1e-11. The angles of
       rotary embeddings go up to the longest context; small ones are most of them. */
    {"sin", run_sin, true_sin, -1048576, 1048576, 5.97e-8, RELATIVE},
    {"cos", run_cos, true_cos, -1048576, 1048576, 5.97e-8, RELATIVE},
    {"sin_small", run_sin, true_sin, -10, 10, 5.97e-8, RELATIVE},
    /* What no double can reduce is a sine at least. */
    {"sin_far", run_sin, true_sin, -3e38, 3e38, 2, ABSOLUTE},
    {"cos_small", run_cos, true_cos, -10, 10, 5.97e-8, RELATIVE},
};

static float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static int wrong;
static void expect(const char *what, kernel run, float in, float want) {
  for (int i = 0; i < N; i++)
    x[i] = in;
  run(x, y);
  for (int i = 0; i < 16; i++)
    if (isnan(want) ? !isnan(y[i]) : y[i] != want) {
      printf("%s(%g) is %g, not %g\n", what, in, y[i], want);
      wrong++;
      return;
    }
}

int main(void) {
  long beyond = 0, compared = 0;
  _mm_setcsr(_mm_getcsr() | 0x8040); /* denormals are zero, as in a parallel body */
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    double worst = 0, at = 0;
    for (int i = 0; i < N; i++)
      x[i] = (float)(cases[c].low + (cases[c].high - cases[c].low) * i / (N - 1));
    cases[c].run(x, y);
    for (int i = 0; i < N; i++, compared++) {
      double truth = cases[c].truth(x[i]), error = fabs(y[i] - truth);
      error /= cases[c].scale == RELATIVE ? fabs(truth) : cases[c].scale == OF_X ? fmax(1, fabs(x[i])) : 1;
      beyond += !(error <= cases[c].bound);
      if (!(error <= worst)) {
        worst = error;
        at = x[i];
      }
    }
    printf("%-12s %.3g at %g, bound %.3g\n", cases[c].name, worst, at, cases[c].bound);
  }
  printf("%zu functions, %ld values compared, %ld beyond their bounds\n", sizeof cases / sizeof *cases, compared,
         beyond);

  const kernel exponentials[] = {run_exp2, run_exp2_narrow, run_exp};
  for (int k = 0; k < 3; k++) {
    expect("exponential", exponentials[k], 0, 1);
    expect("exponential", exponentials[k], -INFINITY, 0);
    expect("exponential", exponentials[k], -3.4e38f, 0);
    expect("exponential", exponentials[k], -150, 0);
    expect("exponential", exponentials[k], 200, INFINITY);
    expect("exponential", exponentials[k], INFINITY, INFINITY);
    expect("exponential", exponentials[k], NAN, NAN);
    expect("exponential", exponentials[k], from_bits(0x7fc00001), NAN);
    expect("exponential", exponentials[k], from_bits(0xffc12345), NAN);
  }
  const kernel gelus[] = {run_gelu, run_gelu_narrow};
  for (int k = 0; k < 2; k++) {
    expect("gelu", gelus[k], 0, 0);
    expect("gelu", gelus[k], -1e30f, 0);
    expect("gelu", gelus[k], -7, 0);
    expect("gelu", gelus[k], INFINITY, INFINITY);
    expect("gelu", gelus[k], NAN, NAN);
  }
  /* Small, infinite and large angles. */
  expect("sin", run_sin, 0, 0);
  expect("sin", run_sin, 1e-30f, 1e-30f);
  expect("sin", run_sin, INFINITY, NAN);
  expect("sin", run_sin, NAN, NAN);
  expect("sin", run_sin, 1048575, (float)sinl(1048575));
  expect("cos", run_cos, 0, 1);
  expect("cos", run_cos, -INFINITY, NAN);
  expect("cos", run_cos, 1048575.9f, (float)cosl(1048575.9f));
  printf("%d wrong special values\n", wrong);
  return beyond != 0 || wrong != 0 || compared == 0;
}
