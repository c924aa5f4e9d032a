/** The double-precision forward pass that a built graph is held against. */
@NullMarked
package dev.streambed.importer.nomic.reference;

import org.jspecify.annotations.NullMarked;
