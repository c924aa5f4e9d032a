/** {@code streambed serve}. */
@NullMarked
package dev.streambed.cli.serve;

import org.jspecify.annotations.NullMarked;
