/** The Flink adapters of the embedder. */
@NullMarked
package dev.streambed.operator;

import org.jspecify.annotations.NullMarked;
