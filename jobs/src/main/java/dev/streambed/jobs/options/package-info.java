/** What a pipeline file means: its keys, their ranges and defaults, one record per concern. */
@NullMarked
package dev.streambed.jobs.options;

import org.jspecify.annotations.NullMarked;
