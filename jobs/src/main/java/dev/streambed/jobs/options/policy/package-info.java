/** Choices of the pipeline file about things that go wrong around a job. */
@NullMarked
package dev.streambed.jobs.options.policy;

import org.jspecify.annotations.NullMarked;
