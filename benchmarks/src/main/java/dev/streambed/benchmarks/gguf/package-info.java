/** Writes a checkpoint as a file of llama.cpp, for the benchmark that measures it. */
@NullMarked
package dev.streambed.benchmarks.gguf;

import org.jspecify.annotations.NullMarked;
