/** Measures nomic-embed-text-v2-moe at its full size: {@code ./streambed benchmark moe}. */
@NullMarked
package dev.streambed.benchmarks.moe;

import org.jspecify.annotations.NullMarked;
