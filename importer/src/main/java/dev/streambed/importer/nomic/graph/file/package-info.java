/** The ONNX file being written: its nodes, and where its weights lie. */
@NullMarked
package dev.streambed.importer.nomic.graph.file;

import org.jspecify.annotations.NullMarked;
