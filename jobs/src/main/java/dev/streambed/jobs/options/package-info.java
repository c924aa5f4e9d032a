/** The meaning of a pipeline file: keys, ranges and defaults, one record per concern. */
@NullMarked
package dev.streambed.jobs.options;

import org.jspecify.annotations.NullMarked;
