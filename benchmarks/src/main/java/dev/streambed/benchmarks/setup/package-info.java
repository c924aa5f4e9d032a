/** Model, texts and folders, which all benchmarks use. */
@NullMarked
package dev.streambed.benchmarks.setup;

import org.jspecify.annotations.NullMarked;
