/** Vectors of many components as those of a few, by principal components. */
@NullMarked
package dev.streambed.server.map;

import org.jspecify.annotations.NullMarked;
