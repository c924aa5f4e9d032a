/** The pipeline with the large model: against the limit, one text per call, and other sessions. */
@NullMarked
package dev.streambed.benchmarks.pipeline.moe;

import org.jspecify.annotations.NullMarked;
