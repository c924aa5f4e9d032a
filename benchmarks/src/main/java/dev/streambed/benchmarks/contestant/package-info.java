/**
 * Each contestant of a benchmark runs in a process of its own, with its own class path. This
 * package is what both ends of the conversation need. It stands on the class paths of all
 * contestants, so it uses nothing but the JDK.
 */
@NullMarked
package dev.streambed.benchmarks.contestant;

import org.jspecify.annotations.NullMarked;
