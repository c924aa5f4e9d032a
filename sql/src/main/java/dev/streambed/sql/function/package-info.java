/**
 * Functions of Flink SQL for vectors, as ARRAY&lt;FLOAT&gt; and as BYTES, and for long texts.
 * {@link dev.streambed.sql.function.StreambedModule} names them all.
 */
@NullMarked
package dev.streambed.sql.function;

import org.jspecify.annotations.NullMarked;
