/** Checkpoint or ONNX file to model directory. */
@NullMarked
package dev.streambed.importer;

import org.jspecify.annotations.NullMarked;
