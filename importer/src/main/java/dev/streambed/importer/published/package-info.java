/** What the publisher of a model wrote in the files beside it, and what of it can be honoured. */
@NullMarked
package dev.streambed.importer.published;

import org.jspecify.annotations.NullMarked;
