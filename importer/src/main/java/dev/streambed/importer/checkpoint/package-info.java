/**
 * The original files of a checkpoint, read and checked: config.json, model.safetensors. Also the
 * seeded generator of checkpoints and the double-precision forward pass that a built graph is held
 * against. Nothing here knows ONNX.
 */
@NullMarked
package dev.streambed.importer.checkpoint;

import org.jspecify.annotations.NullMarked;
