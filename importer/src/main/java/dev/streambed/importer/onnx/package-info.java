/** Makes a model directory of an encoder in ONNX. */
@NullMarked
package dev.streambed.importer.onnx;

import org.jspecify.annotations.NullMarked;
