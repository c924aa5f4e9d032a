/** YAML as a list of keys and values with their places; knows nothing of what they mean. */
@NullMarked
package dev.streambed.jobs.options.yaml;

import org.jspecify.annotations.NullMarked;
