/**
 * The original files of a checkpoint, read and checked: config.json, model.safetensors. Nothing
 * here knows ONNX.
 */
@NullMarked
package dev.streambed.importer.nomic.checkpoint;

import org.jspecify.annotations.NullMarked;
