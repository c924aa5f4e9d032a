/** What benchmarks have in common: model, texts, folders. */
@NullMarked
package dev.streambed.benchmarks.setup;

import org.jspecify.annotations.NullMarked;
