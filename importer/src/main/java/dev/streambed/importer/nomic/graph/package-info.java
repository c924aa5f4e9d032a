/**
 * Builds the ONNX graph of a checkpoint with standard operators, so that it can be read beside the
 * specification of the model: the network, and its parts, one class each.
 */
@NullMarked
package dev.streambed.importer.nomic.graph;

import org.jspecify.annotations.NullMarked;
