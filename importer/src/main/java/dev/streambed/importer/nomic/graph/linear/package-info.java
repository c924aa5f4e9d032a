/** Linear layers in each precision. */
@NullMarked
package dev.streambed.importer.nomic.graph.linear;

import org.jspecify.annotations.NullMarked;
