package dev.streambed.operator.change;

/** The first 128 bits of a SHA-256: equal for equal content, and, in practice, for nothing else. */
record Fingerprint(long high, long low) {}
