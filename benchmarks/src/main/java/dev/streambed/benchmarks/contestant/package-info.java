/**
 * Each contestant of the encoder benchmark runs in a process of its own, with its own class path;
 * this package is the part that stands on all of these, so it uses nothing but the JDK.
 */
@NullMarked
package dev.streambed.benchmarks.contestant;

import org.jspecify.annotations.NullMarked;
