/**
 * Builds the ONNX graph of a checkpoint with standard operators: one class for each part of the
 * network, so that it can be read beside the specification of the model.
 */
@NullMarked
package dev.streambed.importer.graph;

import org.jspecify.annotations.NullMarked;
