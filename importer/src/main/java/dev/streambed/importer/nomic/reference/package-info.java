/** The double-precision forward pass that a built graph is compared with. */
@NullMarked
package dev.streambed.importer.nomic.reference;

import org.jspecify.annotations.NullMarked;
