/** What a job does about what went wrong around it, as its pipeline file says. */
@NullMarked
package dev.streambed.jobs.options.policy;

import org.jspecify.annotations.NullMarked;
