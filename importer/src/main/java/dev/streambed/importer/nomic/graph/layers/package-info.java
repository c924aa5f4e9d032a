/** The parts of the network, one class each. */
@NullMarked
package dev.streambed.importer.nomic.graph.layers;

import org.jspecify.annotations.NullMarked;
