/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs the kernel of attention.mlir on 512 queries and keys and compares all of its output with double. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <xmmintrin.h>

enum { N = 512, D = 64, PANEL = 32 };

typedef struct {
  float *allocated, *aligned;
  int64_t offset, sizes[2], strides[2];
} matrix;
typedef struct {
  float *allocated, *aligned;
  int64_t offset, sizes[3], strides[3];
} panels;
void _mlir_ciface_attention(matrix *result, matrix *q, panels *k, matrix *v, matrix *o, float scale, matrix *strip,
                            matrix *maxima, matrix *sums);

static _Alignas(64) float q[N * D], k[N * D], v[N * D], o[N * D], packed[N * D], strip[8 * 256], maxima[128 * 16],
    sums[128 * 16];

static matrix view(float *data, int64_t rows, int64_t columns) {
  return (matrix){data, data, 0, {rows, columns}, {columns, 1}};
}

int main(void) {
  uint32_t seed = 1;
  float *inputs[] = {q, k, v};
  for (int t = 0; t < 3; t++)
    for (int i = 0; i < N * D; i++) {
      seed = seed * 1664525u + 1013904223u;
      inputs[t][i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
  for (int j = 0; j < N; j++)
    for (int x = 0; x < D; x++)
      packed[j / PANEL * D * PANEL + x * PANEL + j % PANEL] = k[j * D + x];
  matrix mq = view(q, N, D), mv = view(v, N, D), mo = view(o, N, D), ms = view(strip, 8, 256),
         mm = view(maxima, 128, 16), ml = view(sums, 128, 16), result;
  panels mk = {packed, packed, 0, {N / PANEL, D, PANEL}, {D * PANEL, PANEL, 1}};
  _mm_setcsr(_mm_getcsr() | 0x8040);
  _mlir_ciface_attention(&result, &mq, &mk, &mv, &mo, (float)(1.4426950408889634 / 8), &ms, &mm, &ml);

  long compared = 0, beyond = 0;
  double worst = 0;
  for (int i = 0; i < N; i++) {
    static double weight[N];
    double sum = 0, norm = 0;
    for (int j = 0; j < N; j++) {
      double score = 0, size = 0;
      for (int x = 0; x < D; x++) {
        score += (double)q[i * D + x] * k[j * D + x];
        size += fabs((double)q[i * D + x] * k[j * D + x]);
      }
      weight[j] = exp(score / 8);
      sum += weight[j];
      norm = fmax(norm, size / 8);
    }
    for (int x = 0; x < D; x++, compared++) {
      double want = 0;
      for (int j = 0; j < N; j++)
        want += weight[j] / sum * v[j * D + x];
      double error = fabs(o[i * D + x] - want);
      /* Outputs are means of |v| <= 1, so weights' relative errors add to no more than their largest: the score (64
         roundings of sums below norm, as a random walk 8), the exponential 2.1e-7, and the mean itself over 512 keys in
         16 lanes. */
      beyond += !(error <= 6e-8 * (8 * norm + 4 + 32));
      worst = fmax(worst, error);
    }
  }
  printf("%ld outputs compared, %ld beyond their bounds, largest error %.3g\n", compared, beyond, worst);
  return beyond != 0 || compared == 0;
}
