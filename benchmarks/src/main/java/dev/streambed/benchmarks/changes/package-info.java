/** What it costs to look for changes and to split documents. */
@NullMarked
package dev.streambed.benchmarks.changes;

import org.jspecify.annotations.NullMarked;
