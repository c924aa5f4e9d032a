/** How well vectors find texts: what each encoding of the sink loses. */
@NullMarked
package dev.streambed.benchmarks.retrieval;

import org.jspecify.annotations.NullMarked;
