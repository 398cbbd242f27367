/* The sentence's attention, computed in the page: numpy.random.RandomState, scores and softmax.

   The recipe is microattention/sentence.py's, and tests hold these numbers to Python's.
   Letters: n words; d, the width of their rows. A matrix is one array, row after row. */
"use strict";

const pageAttention = (() => {
  const N = 624; // 32-bit words of the generator's state
  const M = 397;

  /* The Mersenne Twister of Matsumoto and Nishimura (1998), MT19937, seeded as NumPy seeds it. */
  class RandomState {
    constructor(seed) {
      this.key = new Uint32Array(N);
      this.key[0] = seed;
      for (let i = 1; i < N; i++) {
        const last = this.key[i - 1];
        this.key[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
      }
      this.at = N;
      this.kept = undefined; // the second of two normal numbers, which are made in pairs
    }

    twist() {
      const { key } = this;
      for (let i = 0; i < N; i++) {
        const y = (key[i] & 0x80000000) | (key[(i + 1) % N] & 0x7fffffff);
        key[i] = key[(i + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }

    bits() {
      if (this.at === N) this.twist();
      let y = this.key[this.at++];
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      return (y ^ (y >>> 18)) >>> 0;
    }

    /* A number from 0 to 1 of 53 random bits. */
    uniform() {
      const high = this.bits() >>> 5;
      return (high * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
    }

    /* The polar method of Marsaglia and Bray (1964): a point within a circle gives two numbers. */
    normal() {
      if (this.kept !== undefined) {
        const kept = this.kept;
        this.kept = undefined;
        return kept;
      }
      let x, y, r2;
      do {
        x = 2 * this.uniform() - 1;
        y = 2 * this.uniform() - 1;
        r2 = x * x + y * y;
      } while (r2 >= 1 || r2 === 0);
      const factor = Math.sqrt((-2 * Math.log(r2)) / r2);
      this.kept = factor * x;
      return factor * y;
    }

    normals(count) {
      return Float64Array.from({ length: count }, () => this.normal());
    }
  }

  /* Return A B, of A (n, d) and B (d, d). */
  const product = (A, B, n, d) => {
    const C = new Float64Array(n * d);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < d; k++) {
        const a = A[i * d + k];
        for (let j = 0; j < d; j++) C[i * d + j] += a * B[k * d + j];
      }
    }
    return C;
  };

  /* Return Q Kᵀ / √d as rows, with projections as they were drawn. */
  const drawnScores = (n, { seed, width: d }) => {
    const rng = new RandomState(seed);
    const embeddings = rng.normals(n * d);
    const Q = product(embeddings, rng.normals(d * d), n, d);
    const K = product(embeddings, rng.normals(d * d), n, d);
    const dot = (i, j) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += Q[i * d + k] * K[j * d + k];
      return sum / Math.sqrt(d);
    };
    return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => dot(i, j)));
  };

  /* Shares that sum to 1. A hidden score is −∞, and its share is 0. */
  const softmax = (scores) => {
    const largest = Math.max(...scores);
    const exps = scores.map((score) => Math.exp(score - largest));
    const total = exps.reduce((sum, exp) => sum + exp, 0);
    return exps.map((exp) => exp / total);
  };

  /* Return weights (n, n) from drawn scores: the scale is in both the queries and the keys. */
  const weigh = (scores, { scale, causal }) =>
    scores.map((row, i) =>
      softmax(row.map((score, j) => (causal && j > i ? -Infinity : scale * scale * score))),
    );

  /* Which keys are hidden from which queries. */
  const hidden = (n, causal) =>
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => causal && j > i));

  const weights = (n, recipe) => weigh(drawnScores(n, recipe), recipe);

  return { RandomState, drawnScores, hidden, softmax, weigh, weights };
})();
